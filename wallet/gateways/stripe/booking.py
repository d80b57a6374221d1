"""Stripe's own books are in the currency of the account; its rate brings them back to dollars."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from stripe import BalanceTransaction

from wallet.currencies import LEDGER_CURRENCY, MICROS_PER_CENT, decimals_of
from wallet.money import MICROS_PER_UNIT


def micros_of(booked: BalanceTransaction, *, coins: int) -> int:
    """Micro-USD of an amount or a fee (in the smallest coins) of a balance transaction."""
    if booked.currency == LEDGER_CURRENCY:
        return coins * MICROS_PER_CENT
    amount = Decimal(coins).scaleb(-decimals_of(booked.currency))
    dollars = amount / Decimal(str(booked.exchange_rate or 1))
    return int((dollars * MICROS_PER_UNIT).quantize(Decimal(1), ROUND_HALF_UP))
