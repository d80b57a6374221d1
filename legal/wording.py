"""Fills the settings into a document. A tiny language of its own, so nothing else can run.

    {{ policy.withdraw_window_days }}                the value, in words
    {% if policy.withdraw_enabled %}                 a value that is neither empty, zero nor "no"
    {% if not policy.withdraw_enabled %}
    {% if policy.order_customer_cancel is never %}   one of the setting's choices
    {% if policy.order_customer_cancel is not never %}
    {% if policy.legal_points has order %}           one of several
    {% else %}  {% endif %}                          sections may stand inside sections

Everything else in braces is the operator's text and stays as it is, letter by letter (S-05). The
source is read once: what a value prints is never looked at again.
"""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from legal.kinds import Choice, Choices
from legal.policy import SETTINGS, Policy
from legal.setting import Setting

_TAG = r"\{% (?:if (?:not )?policy\.\w+(?: (?:is not|is|has) \w+)?|else|endif) %\}"
_TOKEN = re.compile(rf"\{{\{{ policy\.(?P<value>\w+) \}}\}}|(?P<tag>{_TAG})", re.ASCII)
# A tag alone on its line takes the line with it, so that lists and paragraphs stay whole.
_ALONE = re.compile(rf"^ *({_TAG}) *\n", re.ASCII | re.MULTILINE)
_CONDITION = re.compile(
    r"\{% if (?P<not>not )?policy\.(?P<name>\w+)(?: (?P<verb>is not|is|has) (?P<word>\w+))? %\}"
)
_BY_ATTRIBUTE = {setting.attribute: setting for setting in SETTINGS.values()}
# A link to a platform that no longer exists misleads (LEG-17).
_CLOSED_SITES = ("ec.europa.eu/consumers/odr",)


class BadWording(ValueError):
    """A document names an unknown setting or choice, or its sections do not fit together."""


@dataclass(slots=True)
class _Sections:
    """The sections that are open at one place of a document: shown or not, else seen or not."""

    shown: list[bool] = field(default_factory=list)
    turned: list[bool] = field(default_factory=list)

    def apply(self, tag: str, policy: Policy) -> None:
        if tag.startswith("{% if "):
            self.shown.append(_holds(tag, policy))
            self.turned.append(False)
        elif not self.shown or (tag == "{% else %}" and self.turned[-1]):
            raise BadWording(_("{tag} without {% if %}").replace("{tag}", tag))
        elif tag == "{% else %}":
            self.shown[-1] = not self.shown[-1]
            self.turned[-1] = True
        else:
            self.shown.pop()
            self.turned.pop()


def fill(*, body: str, policy: Policy) -> str:
    """Return a document's Markdown as it reads under a policy. Raises BadWording."""
    source = _ALONE.sub(r"\1", body.replace("\r\n", "\n"))
    sections = _Sections()
    printed: list[str] = []
    position = 0
    for token in _TOKEN.finditer(source):
        passage = source[position : token.start()]
        position = token.end()
        value = _words(token["value"], policy) if token["value"] else ""
        if all(sections.shown):
            printed += [passage, value]
        if token["tag"]:
            sections.apply(token["tag"], policy)
    if sections.shown:
        raise BadWording(_("{% if %} without {% endif %}"))
    return _checked("".join([*printed, source[position:]]).strip() + "\n")


def _checked(text: str) -> str:
    for site in _CLOSED_SITES:
        if site in text:
            raise BadWording(_("{site} was closed: remove the link").format(site=site))
    return text


def _words(name: str, policy: Policy) -> str:
    setting = _setting(name)
    return setting.words(getattr(policy, setting.attribute))


def _setting(name: str) -> Setting:
    if name not in _BY_ATTRIBUTE:
        raise BadWording(_("there is no setting policy.{name}").format(name=name))
    return _BY_ATTRIBUTE[name]


def _holds(tag: str, policy: Policy) -> bool:
    condition = _CONDITION.fullmatch(tag)
    assert condition is not None  # noqa: S101 - _TOKEN matches no other tag
    setting = _setting(condition["name"])
    value = getattr(policy, setting.attribute)
    verb, word = condition["verb"], condition["word"]
    if verb is None:
        holds = bool(value)
    else:
        _check_word(setting, verb, word)
        holds = word in value if verb == "has" else (word == value) == (verb == "is")
    return holds != bool(condition["not"])


def _check_word(setting: Setting, verb: str, word: str) -> None:
    expected = Choices if verb == "has" else Choice
    kind = setting.kind
    if not isinstance(kind, expected):
        raise BadWording(
            _("policy.{name} cannot be asked with “{verb}”").format(
                name=setting.attribute, verb=verb
            )
        )
    if word not in kind.choices:
        raise BadWording(
            _("policy.{name} is never {word}: expected {allowed}").format(
                name=setting.attribute, word=word, allowed=setting.allowed
            )
        )
