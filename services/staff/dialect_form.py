"""The part of a provider's form that says in which dialect it is spoken to.

Everything beyond the preset is written in lines of "name: value", as far as it differs. Whatever
is accepted here has passed the strict reader (services/providers/changing.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.dialects import LIST_NAMES, PRESETS, complaints_about, sentence
from services.models import Provider
from services.providers.bounds import TEXT_LISTS
from services.providers.presets import DEFAULT
from services.staff.dialect_lines import split, texts_of, value_of, written

LONGEST = 20_000

# Parts in lines of "name: value"; the texts have a field for each list.
_PARTS: dict[str, tuple[str | Promise, str | Promise]] = {
    "calling": (
        gettext_lazy("How it is asked"),
        gettext_lazy(
            "method: POST or GET · encoding: form, json, multipart or query · key_place: parameter,"
            " query, header or bearer · key_name · action_place: parameter or path · action_name ·"
            " line_break: lf or crlf · sends_numbers: yes or no · has_open_price_list: yes or no"
        ),
    ),
    "actions": (
        gettext_lazy("Names of actions"),
        gettext_lazy(
            "services, add, status (one order), statuses (several), refill, refill_status, cancel,"
            " balance. Example: statuses: multiStatus"
        ),
    ),
    "parameters": (
        gettext_lazy("Names of what is sent"),
        gettext_lazy("Only what is called otherwise there. Example: link: url"),
    ),
    "fields": (
        gettext_lazy("Names in its answers"),
        gettext_lazy(
            "Several with commas; two that say different things count as nothing."
            " Example: order: order_id, id"
        ),
    ),
    "answers": (
        gettext_lazy("Form of its answers"),
        gettext_lazy("wrappers: data · reports: by_number or list"),
    ),
    "prices": (
        gettext_lazy("Prices"),
        gettext_lazy("per: 1, 10, 100 or 1000 · number_style: plain, point (1,234.56) or comma"),
    ),
    "words": (
        gettext_lazy("Words for statuses"),
        gettext_lazy(
            "pending, in_progress, processing, completed, partial, canceled, failed; failure and"
            " success for whole answers. Example: completed: 2, selesai"
        ),
    ),
    "limits": (
        gettext_lazy("Limits"),
        gettext_lazy(
            "batch (1 to 100 orders per question), connect_seconds, add_seconds, read_seconds,"
            " services_seconds, body_bytes, services_bytes"
        ),
    ),
}
_ASKED = ("calling", "actions", "parameters")
_ANSWERED = ("fields", "answers", "prices", "words")
_TEXTS = [name for name in (*TEXT_LISTS, "not_refusals") if name != "refusals"]


@dataclass(frozen=True)
class Group:
    """Fields that belong together; open where one of them says something or is wrong."""

    title: str
    fields: list[forms.BoundField]

    @property
    def is_open(self) -> bool:
        return any(field.value() or field.errors for field in self.fields)


class DialectForm(forms.Form):
    """Preset, refusals and changes; `apply_to` puts what is valid into a provider's row."""

    dialect_preset = forms.ChoiceField(
        label=gettext_lazy("Dialect"),
        choices=[(name, label) for name, (label, _about) in PRESETS.items()],
        initial=DEFAULT,
        help_text=gettext_lazy("What is different beyond it is changed below."),
    )
    refusal_texts = forms.CharField(
        label=gettext_lazy("Answers that mean “no, and nothing was created”"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST,
        required=False,
        help_text=gettext_lazy(
            "One per line, whole texts; numbers in them may differ. Orders that are answered so"
            " go to the next provider, or their money goes back at once."
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, provider: Provider | None = None) -> None:
        super().__init__(data, initial=_initial(provider) if provider else None)
        for name, (label, about) in _PARTS.items():
            self.fields[_field(name)] = _lines(label, about)
        for name in _TEXTS:
            self.fields[_field("texts", name)] = _lines(LIST_NAMES[name], "")

    def presets(self) -> list[tuple[str | Promise, str | Promise]]:
        """What each preset is called, and what it means."""
        return list(PRESETS.values())

    def groups(self) -> list[Group]:
        """The fields beyond preset and refusals, in parts of which each may be folded away."""
        return [
            Group(title, [self[name] for name in names])
            for title, names in (
                (_("How it is asked"), [_field(name) for name in _ASKED]),
                (_("How it answers"), [_field(name) for name in _ANSWERED]),
                (_("Texts it is known by"), [_field("texts", name) for name in _TEXTS]),
                (_("Limits"), [_field("limits")]),
            )
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        changes = {name: self._part(name, cleaned.get(_field(name), "")) for name in _PARTS}
        texts = {name: texts_of(cleaned.get(_field("texts", name), "")) for name in _TEXTS}
        changes["texts"] = {name: said for name, said in texts.items() if said}
        cleaned["refusal_texts"] = texts_of(cleaned.get("refusal_texts", ""))
        cleaned["dialect_changes"] = {part: said for part, said in changes.items() if said}
        if not self.errors:
            self._check(cleaned)
        return cleaned

    def apply_to(self, provider: Provider) -> None:
        """Sets the three columns of the row; saving it, and the log, are the caller's."""
        provider.dialect_preset = self.cleaned_data["dialect_preset"]
        provider.dialect_changes = self.cleaned_data["dialect_changes"]
        provider.refusal_texts = self.cleaned_data["refusal_texts"]

    def _part(self, part: str, text: str) -> dict[str, object]:
        said: dict[str, object] = {}
        for line in split(text):
            name, colon, value = (piece.strip() for piece in line.partition(":"))
            if not colon:
                self.add_error(_field(part), _("“%(line)s”: write “name: value”.") % {"line": line})
            elif name in said:
                self.add_error(_field(part), _("“%(name)s” stands there twice.") % {"name": name})
            else:
                said[name] = value_of(part, name, value)
        return said

    def _check(self, cleaned: Mapping[str, Any]) -> None:
        changes = dict(cleaned["dialect_changes"])
        changes["texts"] = {**changes.get("texts", {}), "refusals": cleaned["refusal_texts"]}
        for one in complaints_about(preset_name=cleaned["dialect_preset"], changes=changes):
            part, _dot, name = one.path.partition(".")
            field = _field(part, name if part == "texts" else "")
            self.add_error(field if field in self.fields else "refusal_texts", sentence(one))


def _field(part: str, name: str = "") -> str:
    return f"dialect_{part}_{name}" if name else f"dialect_{part}"


def _lines(label: str | Promise, about: str | Promise) -> forms.CharField:
    return forms.CharField(
        label=str(label),
        help_text=str(about),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "dir": "auto"}),
        max_length=LONGEST,
        required=False,
    )


def _initial(provider: Provider) -> dict[str, str]:
    changes: Mapping[str, Mapping[str, object]] = provider.dialect_changes
    texts = {
        name: [str(text) for text in said]
        for name, said in changes.get("texts", {}).items()
        if isinstance(said, list)
    }
    refusals = [*(str(text) for text in provider.refusal_texts), *texts.get("refusals", [])]
    return {
        "dialect_preset": provider.dialect_preset,
        "refusal_texts": "\n".join(dict.fromkeys(refusals)),
        **{_field(part): written(changes.get(part, {})) for part in _PARTS},
        **{_field("texts", name): "\n".join(texts.get(name, [])) for name in _TEXTS},
    }
