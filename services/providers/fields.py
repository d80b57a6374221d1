"""Single values of a provider's answer: each reader returns None for what it cannot vouch for."""

import re
from decimal import Decimal

from services.providers.answers import Answer
from services.providers.shapes import NumberStyle
from services.providers.strict_json import Json, Malformed

EXTERNAL_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
MONEY = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,18})?", re.ASCII)
AROUND = re.compile(r"[^0-9-]{0,5}(-?[0-9][0-9.,]*[0-9]|-?[0-9])[^0-9]{0,5}", re.ASCII)
SWAPPED = str.maketrans(".,", ",.")
LARGEST_DECIMAL = 10**18
SHORT_TEXT_LIMIT = 100


def external_id(value: Json) -> str | None:
    """An upstream id: a positive integer, or the same as a string of ASCII digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and EXTERNAL_ID.fullmatch(value):
        return value
    return None


def count(value: Json) -> int | None:
    """A quantity: an integer from 0, or a string of ASCII digits; nothing else, no rounding."""
    if isinstance(value, str):
        return int(value) if DIGITS.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 10**18 else None


def decimal(value: Json) -> Decimal | None:
    """An exact decimal from a JSON number or a plain decimal string, else None."""
    if isinstance(value, str):
        return Decimal(value) if MONEY.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if abs(number) < LARGEST_DECIMAL else None


def amount(value: Json, style: NumberStyle) -> Decimal | None:
    """An exact decimal as `style` writes it, at most five other characters before and after."""
    if style is NumberStyle.PLAIN or not isinstance(value, str):
        return decimal(value)
    found = AROUND.fullmatch(value.strip())
    if found is None:
        return None
    text = found[1].translate(SWAPPED) if style is NumberStyle.COMMA else found[1]
    return decimal(text.replace(",", "") if GROUPED.fullmatch(text) else text)


def flag(value: Json) -> bool:
    """True only for true, 1 and their spellings as text; anything else promises nothing."""
    if isinstance(value, str):
        return value.lower() in {"1", "true"}
    return value is True or (isinstance(value, int) and value == 1)


def evidence(answer: Answer, value: Json, limit: int = SHORT_TEXT_LIMIT) -> str:
    """Any value as short masked text, for staff to look at; never to compute with."""
    if isinstance(value, str):
        return answer.printable(value, limit)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Malformed):
        return answer.printable(value.text, limit)
    if isinstance(value, dict | list):
        return "{...}" if isinstance(value, dict) else "[...]"
    return answer.printable(str(value), limit)
