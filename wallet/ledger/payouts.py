"""Money that goes back to the payment method, out of its hold, and what comes back of it."""

from __future__ import annotations

from datetime import datetime

from wallet.ledger.holds import on_hold
from wallet.ledger.posting import Leg, NothingToMove, Pot, lock, post_legs, sums_of
from wallet.models import AccountKind as Kind
from wallet.models import TransferKind


def pay_out(
    *,
    customer_id: int,
    gateway: str,
    reference: str,
    deposit: str,
    fee_micros: int,
    clawback_micros: int,
    at: datetime,
) -> int:
    """Ends a hold by paying it out; returns the micros that leave: cash_hold -> clearing, less the
    top-up's fee -> fees_recovered (WDR-08) and less bonus that was spent -> promotion (BON-03). The
    bonus on hold is cancelled: bonus_hold -> promotion (WDR-09).

    A second call moves nothing and returns the same. Raises NothingToMove if nothing is on hold,
    or not more than is deducted.
    """
    lock(customer_id)
    if paid := sums_of(reference).get((TransferKind.WITHDRAWAL, Kind.CASH_HOLD)):
        return paid
    held = on_hold(reference)
    net_micros = held.cash_micros - fee_micros - clawback_micros
    if net_micros <= 0:
        raise NothingToMove(f"{reference}: {held.cash_micros} on hold, nothing of it to pay")
    cash, bonus = Pot(Kind.CASH_HOLD, customer_id), Pot(Kind.BONUS_HOLD, customer_id)
    clearing, promotion = Pot(Kind.GATEWAY_CLEARING, label=gateway), Pot(Kind.PROMOTION)
    fees = Pot(Kind.FEES_RECOVERED)
    legs = (
        Leg(cash, clearing, net_micros, TransferKind.WITHDRAWAL, "sent"),
        Leg(cash, fees, fee_micros, TransferKind.WITHDRAWAL_FEE, "fee"),
        Leg(cash, promotion, clawback_micros, TransferKind.BONUS_CLAWBACK, "clawback"),
        Leg(bonus, promotion, held.bonus_micros, TransferKind.BONUS_CANCEL, "bonus"),
    )
    post_legs(legs, reference=reference, origin=deposit, at=at)
    return net_micros


def return_payout(
    *, customer_id: int, gateway: str, reference: str, deposit: str, at: datetime
) -> None:
    """Brings back everything that `pay_out` moved, once: the gateway could not deliver it. The cash
    has no window from now on (WDR-18)."""
    lock(customer_id)
    sums = sums_of(reference)
    cash, bonus = Pot(Kind.CASH, customer_id), Pot(Kind.BONUS, customer_id)
    clearing, promotion = Pot(Kind.GATEWAY_CLEARING, label=gateway), Pot(Kind.PROMOTION)
    fees, back = Pot(Kind.FEES_RECOVERED), TransferKind.WITHDRAWAL_RETURN

    def paid(kind: str, pot: str = Kind.CASH_HOLD) -> int:
        return sums.get((kind, pot), 0)

    cancel = TransferKind.BONUS_CANCEL
    # What came back to the top-up after the payout was sent has been cancelled for it, too.
    canceled_micros = paid(cancel, Kind.BONUS_HOLD) + paid(cancel, Kind.BONUS)

    legs = (
        Leg(clearing, cash, paid(TransferKind.WITHDRAWAL), back, "returned"),
        Leg(fees, cash, paid(TransferKind.WITHDRAWAL_FEE), back, "returned:fee"),
        Leg(promotion, cash, paid(TransferKind.BONUS_CLAWBACK), back, "returned:clawback"),
        Leg(promotion, bonus, canceled_micros, TransferKind.BONUS_RETURN, "returned:bonus"),
    )
    post_legs(legs, reference=reference, origin=deposit, at=at)
