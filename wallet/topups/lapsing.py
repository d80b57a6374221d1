"""Bank transfers that nobody made: their top-ups end by themselves, and the bonus is free again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from wallet.gateways.base import Payment, PaymentState
from wallet.gateways.manual.gateway import CODE
from wallet.models import Deposit, Redemption
from wallet.topups import crediting, promotions


def expire_overdue(*, at: datetime, limit: int) -> int:
    """Ends the oldest top-ups that nobody said to have paid within MANUAL_DAYS; returns how many
    were looked at. Money that comes later is credited all the same when staff see it."""
    since = at - timedelta(days=settings.MANUAL_DAYS)
    overdue = Deposit.objects.filter(
        gateway=CODE, state=Deposit.State.OPEN, created_at__lt=since
    ).order_by("created_at")
    found = list(overdue.values_list("pk", flat=True)[:limit])
    for deposit_id in found:
        _expire(deposit_id, at=at)
    return len(found)


def free_bonuses(*, at: datetime, limit: int) -> int:
    """Frees the bonuses of transfers that were told of MANUAL_DAYS ago and not seen at the bank, so
    that nobody keeps a limited code by a word. Who pays all the same gets one if any is left."""
    since = at - timedelta(days=settings.MANUAL_DAYS)
    kept = Redemption.objects.filter(
        state=Redemption.State.RESERVED,
        deposit__gateway=CODE,
        deposit__state=Deposit.State.PROCESSING,
        deposit__proof__given_at__lt=since,
    ).order_by("pk")
    found = list(kept.values_list("deposit_id", flat=True)[:limit])
    for deposit_id in found:
        with transaction.atomic():
            deposit = Deposit.objects.select_for_update().get(pk=deposit_id)
            if deposit.state == Deposit.State.PROCESSING:
                promotions.release(deposit=deposit)
    return len(found)


def _expire(deposit_id: int, *, at: datetime) -> None:
    with transaction.atomic():
        rows = Deposit.objects.select_for_update()
        deposit = rows.filter(pk=deposit_id, state=Deposit.State.OPEN).first()
        if deposit is not None:  # else he has just said that he paid
            ended = Payment(payment_id="", state=PaymentState.EXPIRED, deposit_id=deposit.pk)
            crediting.apply(ended, gateway=CODE, at=at)
