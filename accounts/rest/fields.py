"""What may be sent, read strictly, and times as they are told (S-23, S-24).

The framework's own fields take "٣", "1_000", 1e2 and True for numbers and numbers for texts. Here a
number is a JSON whole number, or plain ASCII digits in an address, and a text is a text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

LARGEST = 2_000_000_000
_DIGITS = re.compile(r"[0-9]{1,10}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
# NUL, halves of surrogate pairs, and what a decoder leaves behind of bytes that were no text.
_UNCLEAN = re.compile("[\x00\ud800-\udfff\ufffd]")
# Some scripts, and pictures of several people, need them within a word.
_JOINERS = re.compile("[\u200c\u200d]")

_NO_NUMBER = _("Send a whole number.")
_NO_TEXT = _("Send a text.")


def _wrong(field: serializers.Field, key: str) -> serializers.ValidationError:
    return serializers.ValidationError(field.error_messages[key], code=key)


class Whole(serializers.IntegerField):
    """A JSON whole number."""

    default_error_messages = {"invalid": _NO_NUMBER}

    def __init__(self, *, min_value: int = 0, max_value: int = LARGEST, **named: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **named)

    def to_internal_value(self, data: object) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise _wrong(self, "invalid")
        return data


class Digits(Whole):
    """A whole number in an address, in plain ASCII digits."""

    def to_internal_value(self, data: object) -> int:
        if not isinstance(data, str) or _DIGITS.fullmatch(data) is None:
            raise _wrong(self, "invalid")
        return int(data)


class Text(serializers.CharField):
    """A text that a database can keep, to the letter."""

    default_error_messages = {
        "invalid": _NO_TEXT,
        "unclean": _("What was sent holds characters that are not text."),
    }

    def __init__(self, **named: Any) -> None:
        super().__init__(**{"trim_whitespace": False, "max_length": 2000, **named})

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            raise _wrong(self, "invalid")
        if _UNCLEAN.search(data):
            raise _wrong(self, "unclean")
        return data


class Line(Text):
    """A text of one line that can be read on a page."""

    default_error_messages = {"unprintable": _("Send one line of text that can be read.")}

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data).strip()
        if not _JOINERS.sub("", text).isprintable():
            raise _wrong(self, "unprintable")
        if not text:
            raise _wrong(self, "blank")
        return text


class Choice(serializers.ChoiceField):
    """One of a few words."""

    default_error_messages = {"invalid_choice": _("Send one of the values that are listed.")}

    def to_internal_value(self, data: object) -> object:
        if not isinstance(data, str):
            raise _wrong(self, "invalid_choice")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, and no other word for it."""

    default_error_messages = {"invalid": _("Send true or false.")}

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            raise _wrong(self, "invalid")
        return data


class FlagWord(serializers.ChoiceField):
    """ "true" or "false" in an address."""

    default_error_messages = {"invalid_choice": _("Send true or false.")}

    def __init__(self, **named: Any) -> None:
        super().__init__(choices=["true", "false"], **named)

    def to_internal_value(self, data: object) -> bool:
        return bool(super().to_internal_value(data) == "true")


class Moment(serializers.DateTimeField):
    """A time by ISO 8601 with its offset from UTC; told in UTC."""

    default_error_messages = {"invalid": _("Send a time like 2030-01-31T12:00:00Z.")}

    def to_internal_value(self, value: object) -> datetime:
        if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
            raise _wrong(self, "invalid")
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            raise _wrong(self, "invalid") from None

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Asked(serializers.Serializer):
    """What a caller sends. A name that means nothing here is refused: a misspelt one would silently
    do without what it says, and that can cost money."""

    default_error_messages = {
        "invalid": _("Send a JSON object."),
        "unknown": _("There is no such member here."),
    }

    def to_internal_value(self, data: object) -> object:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                said = self.error_messages["unknown"]
                # Told to the caller, who would not be answered in characters that are none.
                told = [_UNCLEAN.sub("\ufffd", str(name)) for name in unknown[:20]]
                raise serializers.ValidationError({name: [said] for name in told})
        return super().to_internal_value(data)
