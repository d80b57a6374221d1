"""Amounts and rounding: the only place that parses, rounds and prints money.

An amount is an int of micro-USD (10^-6 USD). Rounding is half-up everywhere, on integers, so that
Python and PostgreSQL cannot disagree. Source: docs/ledger.md, "Unit".
"""

import re

MICROS_PER_UNIT = 1_000_000
# Far above any honest amount, far below what BIGINT and a sum of BIGINTs can hold.
MAX_MICROS = 1_000_000_000 * MICROS_PER_UNIT

# Number fields of Django and DRF accept "٣", "1_000", "1e2" and "+5": this pattern goes first.
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,10})(?:\.(?P<fraction>[0-9]{1,6}))?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)


class InvalidAmount(ValueError):
    """The text is not a plain decimal number of at most six decimals."""


def parse_amount(text: str) -> int:
    """Micros of "12", "12.5" or "0.000001". Raises InvalidAmount for anything else."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise InvalidAmount(text[:40])
    micros = int(match["whole"]) * MICROS_PER_UNIT + int((match["fraction"] or "").ljust(6, "0"))
    if micros > MAX_MICROS:
        raise InvalidAmount(text[:40])
    return micros


def parse_whole(text: str) -> int:
    """A count written in ASCII digits only. Raises InvalidAmount for anything else."""
    if _WHOLE.fullmatch(text) is None:
        raise InvalidAmount(text[:40])
    return int(text)


def read_number(text: str | None) -> int | None:
    """A number of a row or a count as somebody typed it, or an address has it; None for anything
    that is none, which then asks for nothing."""
    try:
        return parse_whole(text or "")
    except InvalidAmount:
        return None


def divide_half_up(numerator: int, denominator: int) -> int:
    """Half-up quotient of two non-negative integers."""
    if numerator < 0 or denominator <= 0:
        raise ValueError("half-up is defined here for non-negative amounts")
    return (2 * numerator + denominator) // (2 * denominator)


def price_of(*, rate_micros: int, quantity: int) -> int:
    """Micros that `quantity` units cost at `rate_micros` per 1000."""
    return divide_half_up(rate_micros * quantity, 1000)


def share_of(*, amount_micros: int, part: int, whole: int) -> int:
    """Micros of `amount_micros` that fall on `part` of `whole` units, never above the amount."""
    return min(amount_micros, divide_half_up(amount_micros * part, whole))


def plain(micros: int, *, least_decimals: int = 0) -> str:
    """Exact decimal text, with as few decimals as the value allows: "0.9", "8", "-2.1415"."""
    sign = "-" if micros < 0 else ""
    whole, fraction = divmod(abs(micros), MICROS_PER_UNIT)
    decimals = f"{fraction:06d}".rstrip("0").ljust(least_decimals, "0")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def display(micros: int) -> str:
    """What people read: "$48.20", "−$2.1415"; two to six decimals, never rounded."""
    text = plain(abs(micros), least_decimals=2)
    whole, _, decimals = text.partition(".")
    return f"{'−' if micros < 0 else ''}${int(whole):,}.{decimals}"
