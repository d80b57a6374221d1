"""Money of a top-up whose bank asks about its payment: it waits, and nobody can spend it.

Only what is left of that very top-up, and of the bonus that came with it, is frozen (CHB-01,
FRD-06). What its orders give back later is frozen, too, when this is asked for again.
Where several ask about one top-up, the first holds all of it; when that one ends, the others hold
it in its place.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from wallet import ledger
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket
from wallet.lots.reading import read_holdings
from wallet.models import Deposit


def lock_deposit(*, gateway: str, charge_id: str, payment_id: str) -> Deposit | None:
    """The paid top-up that a charge or payment belongs to, its row locked; None if it is no one's.

    Payments that were credited to nobody have none.
    """
    named = Q()
    if charge_id:
        named |= Q(charge_id=charge_id)
    if payment_id:
        named |= Q(payment_id=payment_id)
    if not named:
        return None
    paid = Deposit.objects.filter(named, gateway=gateway, state=Deposit.State.PAID)
    return paid.select_for_update().first()


def unspent_micros(holdings: Holdings, deposit: Deposit, bucket: Bucket) -> int:
    """What is left of a top-up in a bucket and not frozen."""
    return sum(
        lot.remaining_micros
        for lot in holdings.lots
        if lot.root == deposit.reference and lot.bucket is bucket
    )


def freeze(*, deposit: Deposit, reference: str, at: datetime) -> None:
    """Puts all that is left of a top-up on hold for `reference`, beside what it holds already."""
    ledger.lock(deposit.customer_id)
    holdings = read_holdings(customer_id=deposit.customer_id)
    held = ledger.on_hold(reference)
    ledger.hold(
        customer_id=deposit.customer_id,
        reference=reference,
        deposit=deposit.reference,
        cash_micros=held.cash_micros + unspent_micros(holdings, deposit, Bucket.CASH),
        bonus_micros=held.bonus_micros + unspent_micros(holdings, deposit, Bucket.BONUS),
        at=at,
    )


def thaw(*, deposit: Deposit, reference: str, at: datetime) -> None:
    """Ends what `reference` holds of a top-up. Who is done with it calls `hand_over` afterwards, in
    the same transaction."""
    ledger.release(
        customer_id=deposit.customer_id, reference=reference, deposit=deposit.reference, at=at
    )


def hand_over(*, deposit: Deposit, reference: str, at: datetime) -> None:
    """What `reference` leaves of a top-up is held by the others that ask about it. The caller holds
    the top-up's row, without which no question begins or ends."""
    for other in _questions(deposit):
        if other != reference:
            freeze(deposit=deposit, reference=other, at=at)


def let_go(*, deposit: Deposit, at: datetime) -> None:
    """Releases what all questions hold of a top-up, for what answers them; `hand_over` ends it."""
    for reference in _questions(deposit):
        thaw(deposit=deposit, reference=reference, at=at)


def _questions(deposit: Deposit) -> list[str]:
    """Who asks about a top-up and has taken nothing of it: open disputes, open warnings."""
    asking = [*deposit.disputes.open().filter(taken_micros=0).order_by("pk")]
    warned = [*deposit.fraud_warnings.open().order_by("pk")]
    return [one.reference for one in (*asking, *warned)]
