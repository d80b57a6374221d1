"""What can be paid back of each deposit, and why not more (WAL-06, WDR-01 to WDR-04, WDR-17).

The sum is the smaller of two: what is left of the deposit and may go back now, and what its charge
still bears. So refunds of one charge never exceed that charge. Source: docs/lots.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from wallet.lots.holdings import DepositSums, Holdings, Lot
from wallet.lots.movements import UNLIMITED, Bucket, LotKind


@dataclass(frozen=True, slots=True)
class PaybackTerms:
    """What the terms of a deposit promise: `withdraw.enabled`, `withdraw.window_days` (None: no
    limit) and `withdraw.order_refunds_exempt` of its policy."""

    is_offered: bool
    window_days: int | None
    is_order_money_exempt: bool


class Reason(StrEnum):
    """Why just this much can be paid back."""

    IN_WINDOW = "in_window"  # all that is left of it
    ORDER_MONEY = "order_money"  # the window is over; only what orders gave back
    NOT_OFFERED = "not_offered"
    IN_DEBT = "in_debt"
    WINDOW_CLOSED = "window_closed"
    ON_HOLD = "on_hold"
    DISPUTED = "disputed"
    PAID_OUT = "paid_out"
    NOTHING_LEFT = "nothing_left"


@dataclass(frozen=True, slots=True)
class Payback:
    """One deposit: `payable_micros` can go back now, for `reason`; the rest says what of it is
    where. `bonus_micros` is the unspent bonus that came with it and would be cancelled (WDR-09)."""

    deposit: str
    amount_micros: int
    credited_at: datetime
    window_closes_at: datetime | None
    payable_micros: int
    reason: Reason
    left_micros: int
    held_micros: int
    paid_out_micros: int
    disputed_micros: int
    bonus_micros: int


def window_closes_at(credited_at: datetime, window_days: int) -> datetime:
    """The last minute in which the window is open; days of 24 hours from the credit (WDR-02)."""
    return _minute(credited_at + timedelta(days=window_days))


def explain(
    holdings: Holdings, *, terms_of: Callable[[str], PaybackTerms], at: datetime
) -> list[Payback]:
    """Every deposit, the newest first: the order in which "everything back" is paid (WDR-19).

    `terms_of` gives the terms under which a deposit was made. Unpaid debt stops every payback.
    Whether a dispute is still open is not to be seen in the transfers: who pays out asks that, too.
    """
    own: dict[str, list[Lot]] = {deposit.reference: [] for deposit in holdings.deposits}
    for lot in holdings.lots:
        own.setdefault(lot.root, []).append(lot)
    return [
        _payback(
            deposit,
            own[deposit.reference],
            terms=terms_of(deposit.reference),
            has_debt=holdings.debt_micros > 0,
            at=at,
        )
        for deposit in reversed(holdings.deposits)
    ]


def _payback(
    deposit: DepositSums, own: list[Lot], *, terms: PaybackTerms, has_debt: bool, at: datetime
) -> Payback:
    cash = [lot for lot in own if lot.bucket is Bucket.CASH]
    closes_at = None
    if terms.window_days is not None:
        closes_at = window_closes_at(deposit.credited_at, terms.window_days)
    is_open = closes_at is None or _minute(at) <= closes_at
    may_go = _remaining(lot for lot in cash if is_open or _is_exempt(lot, terms))
    held = sum(lot.frozen_micros for lot in cash)
    on_charge = deposit.amount_micros - deposit.paid_out_micros - deposit.disputed_micros - held
    payback = Payback(
        deposit=deposit.reference,
        amount_micros=deposit.amount_micros,
        credited_at=deposit.credited_at,
        window_closes_at=closes_at,
        payable_micros=max(0, min(may_go, on_charge)),
        reason=Reason.IN_WINDOW if is_open else Reason.ORDER_MONEY,
        left_micros=_remaining(cash),
        held_micros=held,
        paid_out_micros=deposit.paid_out_micros,
        disputed_micros=deposit.disputed_micros,
        bonus_micros=_remaining(lot for lot in own if lot.bucket is Bucket.BONUS),
    )
    if not terms.is_offered:
        return replace(payback, payable_micros=0, reason=Reason.NOT_OFFERED)
    if has_debt:
        return replace(payback, payable_micros=0, reason=Reason.IN_DEBT)
    if payback.payable_micros:
        return payback
    return replace(payback, reason=_why_nothing(payback, may_go=may_go))


def _why_nothing(payback: Payback, *, may_go: int) -> Reason:
    facts = (
        (payback.left_micros and not may_go, Reason.WINDOW_CLOSED),
        (payback.held_micros, Reason.ON_HOLD),
        (payback.disputed_micros, Reason.DISPUTED),
        (payback.paid_out_micros, Reason.PAID_OUT),
    )
    return next((reason for is_so, reason in facts if is_so), Reason.NOTHING_LEFT)


def _is_exempt(lot: Lot, terms: PaybackTerms) -> bool:
    """WDR-03. What a failed payout brought back has no window under any terms (WDR-18)."""
    return lot.kind in UNLIMITED and (
        terms.is_order_money_exempt or lot.kind is LotKind.REFUND_RETURN
    )


def _remaining(lots: Iterable[Lot]) -> int:
    return sum(lot.remaining_micros for lot in lots)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
