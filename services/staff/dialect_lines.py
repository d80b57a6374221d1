"""Changes to a dialect as lines of "name: value", and lines as changes."""

from __future__ import annotations

from collections.abc import Mapping

from services.providers.bounds import PARTS, Kind

_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


def split(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def texts_of(text: str) -> list[str]:
    """The same, each once."""
    return list(dict.fromkeys(split(text)))


def value_of(part: str, name: str, text: str) -> object:
    """A value as JSON would have it; what does not fit stays a text, of which the reader tells."""
    rule = PARTS[part].get(name)
    kind = rule.kind if rule else Kind.TEXT
    if kind is Kind.LIST:
        return [item.strip() for item in text.split(",") if item.strip()]
    if kind is Kind.YES_NO:
        return _YES_NO.get(text.lower(), text)
    if kind is Kind.NUMBER:
        return _number(text)
    return text


def _number(text: str) -> int | float | str:
    if len(text) > 20 or not text.isascii():
        return text
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        return text


def written(values: Mapping[str, object]) -> str:
    """Changes to a part as the lines that they were."""
    return "\n".join(f"{name}: {_spelt(value)}" for name, value in values.items())


def _spelt(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
