"""Reading what an order of a type needs beside its link: texts in, checked values out. Pure.

What cannot be understood is named, never guessed: a wrong value costs money (S-23). An empty text
counts as absent, because half of the trade's clients send every name they know. What looks like
somebody's password is refused: nobody needs it. Source: docs/service-types.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from services import links
from services.types import Counting, Parameter, Shape, TypeSpec

LONGEST_LINE = 500
LONGEST_TEXT = 200_000

Value = str | int | list[str]

_WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)
_DATE = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", re.ASCII)
# Control characters, and halves of characters that no database takes.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# How badly quoted clients and some panels write a list on one line.
_ONE_LINE_BREAKS = ("\\r\\n", "\\n", " | ")
_PASSWORD_NAMED = re.compile(
    r"\b(?:password|passwd|passwort|pwd|passphrase|contrase\u00f1a|senha|mot de passe|mdp"
    r"|parola|\u043f\u0430\u0440\u043e\u043b\u044c)\b\s*(?:is\b|[:=])\s*\S",
    re.IGNORECASE,
)
_MAIL_AND_PASSWORD = re.compile(r"\S+@\S+\.\w{2,}\s*[:;|]\s*\S")
_ADDRESS_AND_PASSWORD = re.compile(r"https?://[^\s/:@]+:[^\s/@]+@", re.IGNORECASE)
_NAME_AND_PASSWORD = re.compile(r"(?!https?://)[^\s:;|]+\s*[:;|]\s*\S", re.IGNORECASE)
_PASSWORDS = (_PASSWORD_NAMED, _MAIL_AND_PASSWORD, _ADDRESS_AND_PASSWORD)


class InvalidParameters(ValueError):
    """`problems` names each parameter that cannot be used and what to do about it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


class _Unusable(ValueError):
    """What is wrong with one text."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Checked values by name; `quantity` where the type counts for itself, else None."""

    values: Mapping[str, Value]
    quantity: int | None


def read(*, spec: TypeSpec, texts: Mapping[str, str]) -> Reading:
    """The parameters of one order, from texts by name or alias. Raises InvalidParameters."""
    values: dict[str, Value] = {}
    problems: dict[str, str] = {}
    for parameter in spec.parameters:
        try:
            value = _read(parameter, texts, values)
        except _Unusable as error:
            problems[parameter.name] = str(error)
        else:
            if value is not None:
                values[parameter.name] = value
    if not problems:
        problems = _conflicts(values)
    if problems:
        raise InvalidParameters(problems)
    return Reading(values=values, quantity=_counted(spec, values))


def upstream(*, spec: TypeSpec, values: Mapping[str, Value]) -> dict[str, str]:
    """The same values as a provider takes them: lists one item per line."""
    fields = {}
    for parameter in spec.parameters:
        value = values.get(parameter.name)
        if value is not None:
            fields[parameter.name] = "\n".join(value) if isinstance(value, list) else str(value)
    return fields


def count(*, spec: TypeSpec, texts: Mapping[str, str]) -> Reading | None:
    """What the price depends on, of a form that is not filled in yet; None while it cannot be
    told. Only the parameters that are counted are read."""
    names = {spec.counted, *(("min", "max", "posts", "old_posts") if _per_post(spec) else ())}
    counted = [parameter for parameter in spec.parameters if parameter.name in names]
    try:
        return read(spec=replace(spec, parameters=tuple(counted)), texts=texts)
    except InvalidParameters:
        return None


def posts_of(values: Mapping[str, Value]) -> int | None:
    """How many posts a subscription is for, old ones included; None where it has no end.

    `posts` of 0 means no new ones beside old ones, and no limit without them: so does the trade.
    """
    posts, old_posts = values.get("posts"), values.get("old_posts", 0)
    if not isinstance(posts, int) or not isinstance(old_posts, int):
        return None
    return posts + old_posts or None


def account_name(text: str) -> str:
    """A user name as it is compared and kept: without the sign that people write before it."""
    return text.strip().removeprefix("@").strip()


def _per_post(spec: TypeSpec) -> bool:
    return spec.counting == Counting.PER_POST


def _counted(spec: TypeSpec, values: Mapping[str, Value]) -> int | None:
    match spec.counting:
        case Counting.ASKED:
            return None
        case Counting.ONE:
            return 1
        case Counting.LINES:
            lines = values[spec.counted]
            return len(lines) if isinstance(lines, list) else 0
        case Counting.PER_POST:
            most = values["max"]
            return most if isinstance(most, int) else 0


def _conflicts(values: Mapping[str, Value]) -> dict[str, str]:
    fewest, most = values.get("min"), values.get("max")
    if isinstance(fewest, int) and isinstance(most, int) and fewest > most:
        return {"max": _("The most per post is less than the fewest.")}
    return {}


def _read(
    parameter: Parameter, texts: Mapping[str, str], earlier: Mapping[str, Value]
) -> Value | None:
    text = _text_of(parameter, texts)
    if parameter.only_if is not None:
        name, wanted = parameter.only_if
        if earlier.get(name) != wanted:
            return None
    if not text:
        if parameter.is_required:
            raise _Unusable(_("Fill this in."))
        return None
    if len(text) > LONGEST_TEXT or _UNPRINTABLE.search(text):
        raise _Unusable(_("This text is too long, or holds invisible characters."))
    if _holds_password(parameter, text):
        raise _Unusable(_("This looks like a password. Leave it out: nobody here needs one."))
    return _READERS[parameter.shape](parameter, text)


def _holds_password(parameter: Parameter, text: str) -> bool:
    if any(pattern.search(text) for pattern in _PASSWORDS):
        return True
    lines = _split(parameter, text) if parameter.shape == Shape.LINES else [text]
    return parameter.is_name and any(_NAME_AND_PASSWORD.match(line) for line in lines)


def _text_of(parameter: Parameter, texts: Mapping[str, str]) -> str:
    for name in (parameter.name, *parameter.aliases):
        if text := texts.get(name, "").strip():
            return text
    return ""


def _line(parameter: Parameter, text: str) -> str:
    if "\n" in text or "\r" in text:
        raise _Unusable(_("Give one line."))
    if len(text) > LONGEST_LINE:
        raise _Unusable(_("At most %(limit)s characters.") % {"limit": LONGEST_LINE})
    return account_name(text) if parameter.is_name else text


def _split(parameter: Parameter, text: str) -> list[str]:
    text = text.replace("\r", "\n")
    if "\n" not in text:
        for mark in _ONE_LINE_BREAKS:
            text = text.replace(mark, "\n")
    for separator in parameter.separators:
        text = text.replace(separator, "\n")
    lines = (part.strip() for part in text.split("\n"))
    return [line for line in lines if line]


def _lines(parameter: Parameter, text: str) -> list[str]:
    found = _split(parameter, text)
    if parameter.is_name:
        found = [name for line in found if (name := account_name(line))]
    if not found:
        raise _Unusable(_("Fill this in."))
    if len(found) > parameter.most:
        raise _Unusable(_("At most %(limit)s lines.") % {"limit": f"{parameter.most:,}"})
    if any(len(line) > LONGEST_LINE for line in found):
        raise _Unusable(_("At most %(limit)s characters per line.") % {"limit": LONGEST_LINE})
    return found


def _address(parameter: Parameter, text: str) -> str:
    try:
        return links.canonical(text).url
    except links.InvalidLink as error:
        raise _Unusable(str(error.message)) from error


def _number(parameter: Parameter, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise _Unusable(_("Enter a whole number in plain digits, such as 1000."))
    number = int(text)
    if not parameter.smallest <= number <= parameter.largest:
        raise _Unusable(
            _("Between %(smallest)s and %(largest)s.")
            % {"smallest": f"{parameter.smallest:,}", "largest": f"{parameter.largest:,}"}
        )
    return number


def _choice(parameter: Parameter, text: str) -> str:
    if text not in parameter.choices:
        raise _Unusable(_("One of: %(choices)s.") % {"choices": ", ".join(parameter.choices)})
    return text


def _date(parameter: Parameter, text: str) -> str:
    if _DATE.fullmatch(text):
        try:
            day = datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007
        except ValueError:
            pass
        else:
            # strftime writes years before 1000 with fewer digits than strptime reads.
            return f"{day:%d/%m}/{day.year:04}"
    raise _Unusable(_("Enter a day as day/month/year, such as 31/12/2030."))


def day_of(value: Value | None) -> date | None:
    """The day that a date parameter names."""
    return datetime.strptime(str(value), "%d/%m/%Y").date() if value else None  # noqa: DTZ007


_READERS: Mapping[Shape, Callable[[Parameter, str], Value]] = {
    Shape.LINE: _line,
    Shape.LINES: _lines,
    Shape.ADDRESS: _address,
    Shape.NUMBER: _number,
    Shape.CHOICE: _choice,
    Shape.DATE: _date,
}
