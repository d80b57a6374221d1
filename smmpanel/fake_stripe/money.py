"""Amounts are whole numbers of a currency's smallest unit; the account is settled in US dollars."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

SETTLED_IN = "usd"
CARD_PERCENT = Decimal("2.9")
CARD_FIXED_CENTS = 30
BANK_PERCENT = Decimal("0.8")
BANK_MOST_CENTS = 500
DISPUTE_FEE_CENTS = 1500


@dataclass(frozen=True)
class Currency:
    """`decimals` of the unit, the least charge in smallest units, dollars for one whole unit."""

    decimals: int
    least: int
    in_dollars: Decimal


CURRENCIES: Mapping[str, Currency] = {
    "usd": Currency(2, 50, Decimal(1)),
    "eur": Currency(2, 50, Decimal("1.08")),
    "gbp": Currency(2, 30, Decimal("1.27")),
    "jpy": Currency(0, 50, Decimal("0.0067")),
    "kwd": Currency(3, 150, Decimal("3.25")),
}


def settled(amount: int, currency: str) -> int:
    """The amount in cents of the settlement currency."""
    known = CURRENCIES[currency]
    return _whole(Decimal(amount).scaleb(2 - known.decimals) * known.in_dollars)


def rate(currency: str) -> float | None:
    """The exchange rate that a balance transaction tells, None when nothing was exchanged."""
    return None if currency == SETTLED_IN else float(CURRENCIES[currency].in_dollars)


def fee_cents(cents: int, method: str) -> int:
    """What the gateway keeps of a payment by a `card` or from a bank."""
    if method == "card":
        return _whole(cents * CARD_PERCENT / 100) + CARD_FIXED_CENTS
    return min(_whole(cents * BANK_PERCENT / 100), BANK_MOST_CENTS)


def written(amount: int, currency: str) -> str:
    """The amount as messages and pages show it: 12.50 USD."""
    decimals = CURRENCIES[currency].decimals
    return f"{Decimal(amount).scaleb(-decimals):.{decimals}f} {currency.upper()}"


def _whole(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
