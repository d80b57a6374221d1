"""The end of money: a bonus that is cancelled, a term that is over, a balance that is forfeited."""

from __future__ import annotations

from datetime import datetime

from wallet.ledger.posting import Leg, Pot, balance_of, lock, post, post_legs, sums_of
from wallet.models import AccountKind as Kind
from wallet.models import TransferKind


def cancel_bonus(
    *, customer_id: int, amount_micros: int, reference: str, deposit: str, at: datetime
) -> None:
    """Takes what is left of a disputed top-up's bonus: bonus -> promotion (BON-03).

    `reference` is the dispute, once. Raises InsufficientFunds, NothingToMove.
    """
    lock(customer_id)
    post(
        debit=Pot(Kind.BONUS, customer_id),
        credit=Pot(Kind.PROMOTION),
        amount_micros=amount_micros,
        kind=TransferKind.BONUS_CANCEL,
        key=f"{reference}:bonus",
        reference=reference,
        origin=deposit,
        at=at,
    )


def return_bonus(*, customer_id: int, reference: str, deposit: str, at: datetime) -> None:
    """Gives a cancelled bonus back, if `reference` cancelled one and has not returned it."""
    lock(customer_id)
    if amount_micros := sums_of(reference).get((TransferKind.BONUS_CANCEL, Kind.BONUS), 0):
        post(
            debit=Pot(Kind.PROMOTION),
            credit=Pot(Kind.BONUS, customer_id),
            amount_micros=amount_micros,
            kind=TransferKind.BONUS_RETURN,
            key=f"{reference}:bonus:returned",
            reference=reference,
            origin=deposit,
            at=at,
        )


def expire(
    *,
    customer_id: int,
    bucket: str,
    amount_micros: int,
    root: str,
    expired_at: datetime,
    at: datetime,
) -> None:
    """Takes what a root (`deposit:5`, `bonus:3`) has left of lots whose time was over at
    `expired_at`: cash -> breakage, bonus -> promotion (WAL-03). Once for each such moment."""
    lock(customer_id)
    target = Kind.BREAKAGE if bucket == Kind.CASH else Kind.PROMOTION
    post(
        debit=Pot(bucket, customer_id),
        credit=Pot(target),
        amount_micros=amount_micros,
        kind=TransferKind.EXPIRY,
        key=f"{root}:expiry:{bucket}:{expired_at:%Y%m%dT%H%M%S.%f}",
        reference=root,
        origin=root,
        at=at,
    )


def forfeit(*, customer_id: int, reference: str, at: datetime) -> tuple[int, int]:
    """Takes a whole balance on a decision of two people (FRD-02): cash -> forfeiture, bonus ->
    promotion. Returns both sums in micros. What is on hold must have been released before."""
    lock(customer_id)
    cash, bonus = balance_of(customer_id, Kind.CASH), balance_of(customer_id, Kind.BONUS)
    kind = TransferKind.FORFEITURE
    legs = (
        Leg(Pot(Kind.CASH, customer_id), Pot(Kind.FORFEITURE), cash, kind, "cash"),
        Leg(Pot(Kind.BONUS, customer_id), Pot(Kind.PROMOTION), bonus, kind, "bonus"),
    )
    post_legs(legs, reference=reference, origin=None, at=at)
    return cash, bonus


def return_forfeiture(*, customer_id: int, reference: str, at: datetime) -> tuple[int, int]:
    """Undoes the forfeiture of `reference`, once, to the lots that it took (CHB-03)."""
    lock(customer_id)
    sums = sums_of(reference)
    cash = sums.get((TransferKind.FORFEITURE, Kind.CASH), 0)
    bonus = sums.get((TransferKind.FORFEITURE, Kind.BONUS), 0)
    kind = TransferKind.FORFEITURE_RETURN
    legs = (
        Leg(Pot(Kind.FORFEITURE), Pot(Kind.CASH, customer_id), cash, kind, "cash:returned"),
        Leg(Pot(Kind.PROMOTION), Pot(Kind.BONUS, customer_id), bonus, kind, "bonus:returned"),
    )
    post_legs(legs, reference=reference, origin=None, at=at)
    return cash, bonus
