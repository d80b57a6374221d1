"""The end of money: a bonus that is cancelled, a term that is over, a balance that is forfeited."""

from __future__ import annotations

from datetime import datetime

from wallet.ledger.posting import Leg, Pot, balance_of, lock, post, post_legs, sums_of
from wallet.models import AccountKind as Kind
from wallet.models import Transfer, TransferKind


def cancel_bonus(
    *, customer_id: int, amount_micros: int, reference: str, deposit: str, at: datetime
) -> None:
    """Brings what `reference` (a dispute) has cancelled of its top-up's bonus up to this sum:
    bonus -> promotion (BON-03). A second call moves nothing. Raises InsufficientFunds."""
    lock(customer_id)
    canceled_micros = canceled_bonus(reference)
    leg = Leg(
        Pot(Kind.BONUS, customer_id),
        Pot(Kind.PROMOTION),
        amount_micros - canceled_micros,
        TransferKind.BONUS_CANCEL,
        f"bonus:{_turn(reference)}",
    )
    post_legs([leg], reference=reference, origin=deposit, at=at)


def return_bonus(*, customer_id: int, reference: str, deposit: str, at: datetime) -> None:
    """Gives back what `reference` has cancelled and not returned."""
    lock(customer_id)
    leg = Leg(
        Pot(Kind.PROMOTION),
        Pot(Kind.BONUS, customer_id),
        canceled_bonus(reference),
        TransferKind.BONUS_RETURN,
        f"bonus:back:{_turn(reference)}",
    )
    post_legs([leg], reference=reference, origin=deposit, at=at)


def canceled_bonus(reference: str) -> int:
    """Micros of bonus that `reference` has cancelled and not returned."""
    sums = sums_of(reference)
    taken = sums.get((TransferKind.BONUS_CANCEL, Kind.BONUS), 0)
    return taken - sums.get((TransferKind.BONUS_RETURN, Kind.BONUS), 0)


def _turn(reference: str) -> int:
    """Makes the key of the next transfer of a cause that may go back and forth."""
    return Transfer.objects.filter(reference=reference).count()


def expire(
    *,
    customer_id: int,
    bucket: str,
    amount_micros: int,
    root: str,
    after_id: int,
    at: datetime,
) -> None:
    """Takes what a root (`deposit:5`, `bonus:3`) has left of lots whose time is over at `at`: cash
    -> breakage, bonus -> promotion (WAL-03).

    The caller has found it in the holdings after the transfer `after_id`, under the same lock;
    one look at them takes once. Raises InsufficientFunds, NothingToMove, KeyReused.
    """
    lock(customer_id)
    target = Kind.BREAKAGE if bucket == Kind.CASH else Kind.PROMOTION
    post(
        debit=Pot(bucket, customer_id),
        credit=Pot(target),
        amount_micros=amount_micros,
        kind=TransferKind.EXPIRY,
        key=f"{root}:expiry:{bucket}:{after_id}",
        reference=root,
        origin=root,
        at=at,
    )


def forfeit(
    *, customer_id: int, reference: str, at: datetime, spared: tuple[int, int] = (0, 0)
) -> tuple[int, int]:
    """Takes a whole balance on a decision of two people (FRD-02): cash -> forfeiture, bonus ->
    promotion; `spared` micros of both stay. Returns both sums in micros, also when it was done
    before: money that came in since stays. What is on hold must have been released before."""
    lock(customer_id)
    if any(done := _forfeited(customer_id, reference)):
        return done
    cash = max(0, balance_of(customer_id, Kind.CASH) - spared[0])
    bonus = max(0, balance_of(customer_id, Kind.BONUS) - spared[1])
    kind, turn = TransferKind.FORFEITURE, _turn(reference)
    legs = (
        Leg(Pot(Kind.CASH, customer_id), Pot(Kind.FORFEITURE), cash, kind, f"cash:{turn}"),
        Leg(Pot(Kind.BONUS, customer_id), Pot(Kind.PROMOTION), bonus, kind, f"bonus:{turn}"),
    )
    post_legs(legs, reference=reference, origin=None, at=at)
    return cash, bonus


def return_forfeiture(*, customer_id: int, reference: str, at: datetime) -> tuple[int, int]:
    """Gives back what `reference` has forfeited of this customer and not returned, to the lots that
    it took (CHB-03). Returns both sums in micros."""
    lock(customer_id)
    cash, bonus = _forfeited(customer_id, reference)
    kind, turn = TransferKind.FORFEITURE_RETURN, _turn(reference)
    legs = (
        Leg(Pot(Kind.FORFEITURE), Pot(Kind.CASH, customer_id), cash, kind, f"cash:back:{turn}"),
        Leg(Pot(Kind.PROMOTION), Pot(Kind.BONUS, customer_id), bonus, kind, f"bonus:back:{turn}"),
    )
    post_legs(legs, reference=reference, origin=None, at=at)
    return cash, bonus


def _forfeited(customer_id: int, reference: str) -> tuple[int, int]:
    """Cash and bonus of this customer that are forfeited for `reference` now, in micros."""
    own = Transfer.objects.filter(reference=reference)
    taken = own.filter(kind=TransferKind.FORFEITURE, debit_account__owner_id=customer_id)
    back = own.filter(kind=TransferKind.FORFEITURE_RETURN, credit_account__owner_id=customer_id)
    sums = dict.fromkeys((Kind.CASH.value, Kind.BONUS.value), 0)
    for kind, amount_micros in taken.values_list("debit_account__kind", "amount_micros"):
        sums[kind] += amount_micros
    for kind, amount_micros in back.values_list("credit_account__kind", "amount_micros"):
        sums[kind] -= amount_micros
    return sums[Kind.CASH], sums[Kind.BONUS]
