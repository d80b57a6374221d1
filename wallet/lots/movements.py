"""What every kind of transfer does to a customer's lots, as data: the fold itself knows no kinds.

The pots on both sides say where money leaves and arrives; the table says which lots lose it, what
is remembered about that, and what becomes of money that comes back. Source: docs/lots.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Bucket(StrEnum):
    CASH = "cash"
    BONUS = "bonus"

    # A fold looks buckets and claims up a million times; the hash of an Enum is Python code.
    __hash__ = str.__hash__


# Kinds of a customer's accounts. Any other pot belongs to the house and holds no lots.
SPENDABLE: Mapping[str, Bucket] = MappingProxyType({"cash": Bucket.CASH, "bonus": Bucket.BONUS})
FROZEN: Mapping[str, Bucket] = MappingProxyType(
    {"cash_hold": Bucket.CASH, "bonus_hold": Bucket.BONUS}
)
DEBT = "debt"


class LotKind(StrEnum):
    """How the money of a lot came in."""

    DEPOSIT = "deposit"
    ORDER_REFUND = "order_refund"
    REFUND_RETURN = "refund_return"
    BONUS = "bonus"
    GOODWILL = "goodwill"
    ADJUSTMENT = "adjustment"
    DEBT_RETURN = "debt_return"


# Money from orders and from a failed payout: no window limits its way back (WDR-03, WDR-18).
UNLIMITED = frozenset({LotKind.ORDER_REFUND, LotKind.REFUND_RETURN})


@dataclass(frozen=True, slots=True)
class Movement:
    """One transfer as the lots of its customer see it. Pots are kinds of accounts.

    `reference` is the cause (`order:17`), `origin` the one deposit that it is about
    (`deposit:5`), `id` the place in the order of effect.
    """

    id: int
    kind: str
    amount_micros: int
    from_pot: str
    to_pot: str
    reference: str
    origin: str | None
    at: datetime


class Pick(StrEnum):
    """Which lots of a bucket lose the money."""

    ANY = "any"  # those of the origin, if there is one, then all others; in the order of spending
    ORIGIN = "origin"  # only the origin's, those without a window first
    EXPIRED = "expired"  # only the origin's whose time is over


class Claim(StrEnum):
    """Why money that left is remembered: what came from where, so that it can return there."""

    ORDER = "order"
    HOLD = "hold"
    PAYOUT = "payout"
    TAKEN = "taken"
    SETTLED = "settled"

    __hash__ = str.__hash__


class Tally(StrEnum):
    """The sums that are kept for each deposit."""

    PAID_OUT = "paid_out"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Effect:
    """`remembers` when money leaves, `returns` when it comes back: as new lots of the kind that
    `makes` says, without one into the very lots that it left. `adds` and `subtracts` are sums of
    the origin."""

    pick: Pick = Pick.ANY
    remembers: Claim | None = None
    returns: Claim | None = None
    makes: LotKind | None = None
    adds: Tally | None = None
    subtracts: Tally | None = None


_ORDER_MONEY_BACK = Effect(returns=Claim.ORDER, makes=LotKind.ORDER_REFUND)
_PAID_OUT = Effect(remembers=Claim.PAYOUT, adds=Tally.PAID_OUT)
_NOTHING = Effect()

EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        # Money that is new here.
        "deposit": Effect(makes=LotKind.DEPOSIT),
        "bonus_grant": Effect(makes=LotKind.BONUS),
        "goodwill_grant": Effect(makes=LotKind.GOODWILL),
        "adjustment": Effect(makes=LotKind.ADJUSTMENT),
        # Orders.
        "order_charge": Effect(remembers=Claim.ORDER),
        "order_refund": _ORDER_MONEY_BACK,
        "order_absorb": _ORDER_MONEY_BACK,
        "order_revenue": _NOTHING,
        "order_unrecognise": _NOTHING,
        "order_recover": _NOTHING,
        # Withdrawals; inquiries and fraud warnings hold and release, too.
        "hold": Effect(pick=Pick.ORIGIN),
        "release": _NOTHING,
        "withdrawal": _PAID_OUT,
        "withdrawal_fee": _PAID_OUT,
        "withdrawal_return": Effect(
            returns=Claim.PAYOUT, makes=LotKind.REFUND_RETURN, subtracts=Tally.PAID_OUT
        ),
        "bonus_clawback": _PAID_OUT,
        "bonus_cancel": Effect(pick=Pick.ORIGIN, remembers=Claim.TAKEN),
        "bonus_return": Effect(returns=Claim.TAKEN),
        "gateway_fee": _NOTHING,
        # Disputes and the debt that they leave.
        "dispute": Effect(remembers=Claim.TAKEN, adds=Tally.DISPUTED),
        "dispute_return": Effect(returns=Claim.TAKEN, subtracts=Tally.DISPUTED),
        "dispute_fee": Effect(remembers=Claim.TAKEN),
        "dispute_fee_return": Effect(returns=Claim.TAKEN),
        "debt_settlement": Effect(remembers=Claim.SETTLED),
        "debt_return": Effect(returns=Claim.SETTLED, makes=LotKind.DEBT_RETURN),
        "debt_relief": _NOTHING,
        "debt_relief_return": _NOTHING,
        # The end of money.
        "expiry": Effect(pick=Pick.EXPIRED),
        "forfeiture": Effect(remembers=Claim.TAKEN),
        "forfeiture_return": Effect(returns=Claim.TAKEN),
    }
)
