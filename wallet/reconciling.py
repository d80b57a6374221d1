"""The backstop: every quarter of an hour our books are held against the gateway's own lists.

What a lost or failed notification should have told is applied here all the same, by the functions
that notifications use, and whenever that had to happen staff get a case: notifications are broken.
The gateway's balance transactions are copied for the report that compares both books. Source:
docs/payments.md, "Reconciliation".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import Max, Min, Q

from accounts import cases
from accounts.models import Case
from wallet.disputes import news as dispute_news
from wallet.gateways.base import GatewayRefused, GatewayUnavailable, Payment, PaymentState
from wallet.gateways.registry import STRIPE
from wallet.gateways.stripe import checkout, listings, payments
from wallet.gateways.stripe.client import CODE
from wallet.models import ClearingEntry, Deposit, UnmatchedPayment
from wallet.payouts import news as refund_news
from wallet.topups import crediting

logger = logging.getLogger(__name__)

State = Deposit.State

# How far back the gateway's lists are read, and how long a notification may take.
WINDOW = timedelta(hours=72)
GRACE = timedelta(minutes=10)
LOOK_UPS = 300
ENTRIES_AT_ONCE = 500


def reconcile(*, at: datetime) -> None:
    """One run. What a part cannot ask now, it asks in the next run; the others go on."""
    for part in _PARTS if STRIPE.is_on() else ():
        try:
            part(at=at)
        except (GatewayUnavailable, GatewayRefused) as error:
            logger.warning("reconciliation with %s was cut short: %s", CODE, error)


def apply_missed(*, at: datetime) -> int:
    """Credits payments of which nobody told; returns how many."""
    succeeded = {
        payment.payment_id: payment
        for payment in listings.payments(since=at - WINDOW, until=at - GRACE)
    }
    known = _known(succeeded)
    missed = [payment for name, payment in succeeded.items() if name not in known]
    for payment in missed:
        deposit = crediting.apply(payment, gateway=CODE, at=at)
        whose = str(deposit) if deposit else "a payment that fits no top-up"
        _alarm(payment.payment_id, f"{whose} was paid", at=at)
    return len(missed)


def _known(payment_ids: Iterable[str]) -> set[str]:
    """Those of the payments that are credited or set aside."""
    named = {"gateway": CODE, "payment_id__in": list(payment_ids)}
    settled = Deposit.objects.filter(state__in=(State.PAID, State.QUARANTINED), **named)
    aside = UnmatchedPayment.objects.filter(**named)
    numbers = settled.values_list("payment_id", flat=True)
    return {str(one) for one in numbers.union(aside.values_list("payment_id", flat=True))}


def follow_waiting(*, at: datetime) -> int:
    """Looks up top-ups that should have ended, or whose bank has not answered; returns how many."""
    late = Q(state=State.OPEN, created_at__lt=at - checkout.OPEN_FOR - GRACE)
    begun = Q(state=State.PROCESSING, created_at__lt=at - GRACE)
    # In no order: what its bank or our own mistake keeps waiting must not stand in front for ever.
    waiting = Deposit.objects.filter(late | begun, gateway=CODE).order_by("?")[:LOOK_UPS]
    for deposit in waiting:
        payment = _asked(deposit, STRIPE.look_up)
        if payment is None:
            continue
        was_missed = payment.state == PaymentState.SUCCEEDED and not _known([payment.payment_id])
        crediting.apply(payment, gateway=CODE, at=at)
        if was_missed:
            _alarm(payment.payment_id, f"{deposit} was paid", at=at)
    return len(waiting)


def _asked(deposit: Deposit, ask: Callable[[Deposit], Payment | None]) -> Payment | None:
    """None when the gateway does not know what we were told: that one waits for people."""
    try:
        return ask(deposit) or _never_begun(deposit)
    except GatewayRefused as error:
        logger.warning("%s cannot be looked up: %s", deposit, error)
        return None


def _never_begun(deposit: Deposit) -> Payment:
    """No page was ever made, or nobody was led to it."""
    return Payment(payment_id="", state=PaymentState.EXPIRED, deposit_id=deposit.pk)


def learn_fees(*, at: datetime) -> None:
    """Asks for fees that were not known when the payment was credited."""
    unknown = Deposit.objects.filter(gateway=CODE, state=State.PAID, fee_micros=None)
    for deposit in unknown.filter(credited_at__lt=at - GRACE).order_by("?")[:LOOK_UPS]:
        if payment := _asked(deposit, lambda paid: payments.read_intent(str(paid.payment_id))):
            crediting.apply(payment, gateway=CODE, at=at)


def copy_entries(*, at: datetime) -> int:
    """Copies the gateway's books since the last copy, each line once; returns how many were read.

    They are read to the end before the first is written: the newest come first, and a copy that
    was cut short would hide the gap behind them.
    """
    since = _copied_until() or _first_payment_at() or at
    rows = [_row(entry) for entry in listings.entries(since=since - WINDOW)]
    ClearingEntry.objects.bulk_create(rows, batch_size=ENTRIES_AT_ONCE, ignore_conflicts=True)
    return len(rows)


def _copied_until() -> datetime | None:
    last: datetime | None
    last = ClearingEntry.objects.filter(gateway=CODE).aggregate(at=Max("created_at"))["at"]
    return last


def _first_payment_at() -> datetime | None:
    first: datetime | None
    first = Deposit.objects.filter(gateway=CODE).aggregate(at=Min("created_at"))["at"]
    return first


def _row(entry: listings.Entry) -> ClearingEntry:
    return ClearingEntry(
        gateway=CODE,
        entry_id=entry.entry_id,
        kind=entry.kind[:40],
        source_id=entry.source_id,
        gross_micros=entry.gross_micros,
        fee_micros=entry.fee_micros,
        currency=entry.currency,
        created_at=entry.created_at,
    )


def _alarm(about: str, what: str, *, at: datetime) -> None:
    cases.raise_case(
        kind=Case.Kind.PAYMENT_MISSED,
        key=f"{CODE}:{about}",
        detail=f"{what}, and no notice of it was carried out: the sweep did it. Look whether the"
        " webhook's address and signing secret are right, and whether a worker runs.",
        at=at,
    )


_PARTS: tuple[Callable[..., object], ...] = (
    apply_missed,
    follow_waiting,
    learn_fees,
    refund_news.apply_missed,
    dispute_news.apply_missed,
    copy_entries,
)
