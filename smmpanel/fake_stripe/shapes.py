"""Which parameters a call takes. What is not listed is refused, also where the real gateway knows
it: a parameter that is taken and ignored would make a test pass for the wrong reason.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.money import CURRENCIES

Read = Callable[[object, str], Any]
WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)
LARGEST_AMOUNT = 99_999_999


def text(longest: int = 5000) -> Read:
    """Text that is not empty."""

    def read(value: object, name: str) -> str:
        if not isinstance(value, str):
            raise Refused(f"Invalid string: {name}", param=name)
        if not value:
            raise Refused(
                f"You passed an empty string for '{name}'.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(value) > longest:
            raise Refused(
                f"Invalid string: {name} must be at most {longest} characters",
                code="parameter_invalid_string_too_long" if longest == 5000 else None,
                param=name,
            )
        return value

    return read


def whole(least: int = 0, most: int = LARGEST_AMOUNT) -> Read:
    """A whole number within bounds."""

    def read(value: object, name: str) -> int:
        written = text()(value, name)
        if not WHOLE.fullmatch(written):
            raise Refused(
                f"Invalid integer: {written}", code="parameter_invalid_integer", param=name
            )
        number = int(written)
        if number < least:
            raise Refused(
                f"This value must be greater than or equal to {least}.",
                code="parameter_invalid_integer",
                param=name,
            )
        if number > most:
            raise Refused(f"Invalid {name}: too large", code="amount_too_large", param=name)
        return number

    return read


def moment() -> Read:
    """Unix seconds."""
    return whole(0, 99_999_999_999)


def flag(value: object, name: str) -> bool:
    """`true` or `false`."""
    if value not in {"true", "false"}:
        raise Refused(f"Invalid boolean: {value}", param=name)
    return value == "true"


def one_of(*allowed: str) -> Read:
    """One word of a list."""

    def read(value: object, name: str) -> str:
        written = str(text()(value, name))
        if written not in allowed:
            raise Refused(f"Invalid {name}: must be one of {', '.join(allowed)}", param=name)
        return written

    return read


def currency(value: object, name: str) -> str:
    """A currency of the table, in any case."""
    written = str(text()(value, name)).lower()
    if written not in CURRENCIES:
        raise Refused(f"Invalid currency: {written}.", param=name)
    return written


def address(value: object, name: str) -> str:
    """An absolute web address."""
    written = str(text()(value, name))
    parts = urlsplit(written)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused("Not a valid URL", code="url_invalid", param=name)
    return written


def metadata(value: object, name: str) -> dict[str, str]:
    """Up to 50 texts; an empty one removes the key, an empty whole removes all."""
    if value == "":
        return {"": ""}
    if not isinstance(value, dict) or not all(isinstance(held, str) for held in value.values()):
        raise Refused("Invalid object", param=name)
    for key, held in value.items():
        if len(key) > 40 or len(held) > 500:
            raise Refused(
                f"Metadata keys have at most 40 and values at most 500 characters: {key}",
                param=f"{name}[{key}]",
            )
    if len(value) > 50:
        raise Refused("You can have up to 50 metadata keys", param=name)
    return value


def list_of(read_one: Read) -> Read:
    """A list, each member of which is read in the same way."""

    def read(value: object, name: str) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdigit() for key in value):
            raise Refused("Invalid array", param=name)
        return [read_one(value[key], f"{name}[{key}]") for key in sorted(value, key=int)]

    return read


def record(fields: Mapping[str, Read], required: tuple[str, ...] = ()) -> Read:
    """Named members. Raises Refused for an unknown, a missing or an unreadable one."""

    def read(value: object, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Refused("Invalid object", param=name)
        for key in value:
            if key not in fields:
                where = _inside(name, key)
                raise Refused(
                    f"Received unknown parameter: {where}", code="parameter_unknown", param=where
                )
        for key in required:
            if key not in value:
                where = _inside(name, key)
                raise Refused(
                    f"Missing required param: {where}.", code="parameter_missing", param=where
                )
        return {key: fields[key](held, _inside(name, key)) for key, held in value.items()}

    return read


def call(fields: Mapping[str, Read], required: tuple[str, ...] = ()) -> Read:
    """The parameters of a whole call, which may always ask to expand."""
    return record({"expand": list_of(text()), **fields}, required)


def merged(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Metadata after an update."""
    if new == {"": ""}:
        return {}
    return {key: held for key, held in {**old, **new}.items() if held}


def _inside(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key
