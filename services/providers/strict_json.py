"""JSON as a money system needs it: exact decimals, no NaN, no silent last-key-wins.

A fault poisons only the value it sits in (`Malformed`), so that one bad report in a batch of a
hundred leaves the other ninety-nine readable; a reader that needs the whole document to be sound
looks at `Document.is_sound`. Invalid UTF-8, invalid syntax and excessive depth fail the document.
"""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

DIGITS_LIMIT = 40


@dataclass(frozen=True)
class Malformed:
    """A value that JSON forbids, or that no honest number needs; `text` is the evidence."""

    text: str


Json: TypeAlias = "bool | int | str | Decimal | Malformed | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class Document:
    """A decoded text; `is_sound` is False when any value in it, however deep, is `Malformed`."""

    value: Json
    is_sound: bool


class InvalidJson(ValueError):
    """The text as a whole cannot be read."""


class _Decoder(json.JSONDecoder):
    def __init__(self) -> None:
        self.is_sound = True
        super().__init__(
            object_pairs_hook=self._object,
            parse_float=self._decimal,
            parse_int=self._integer,
            parse_constant=self._poison,
        )

    def _poison(self, text: str) -> Malformed:
        self.is_sound = False
        return Malformed(text[:DIGITS_LIMIT])

    def _object(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        result: dict[str, Json] = {}
        for name, value in pairs:
            result[name] = self._poison("duplicate key") if name in result else value
        return result

    def _integer(self, text: str) -> int | Malformed:
        return int(text) if len(text) <= DIGITS_LIMIT else self._poison(text)

    def _decimal(self, text: str) -> Decimal | Malformed:
        if len(text) > DIGITS_LIMIT:
            return self._poison(text)
        try:
            number = Decimal(text)
        except InvalidOperation:
            return self._poison(text)
        is_modest = number.is_finite() and abs(number.adjusted()) <= DIGITS_LIMIT
        return number if is_modest else self._poison(text)


def decode(body: bytes) -> Document:
    """Decode a UTF-8 body (a byte order mark is tolerated); raise `InvalidJson`."""
    decoder = _Decoder()
    try:
        value: Json = decoder.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InvalidJson from None
    return Document(value=value, is_sound=decoder.is_sound)
