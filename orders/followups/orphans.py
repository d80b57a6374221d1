"""Calling back what a provider made of an order that had been given up and paid back (DEL-11): one
cancel for each such number, by the same code as any other request."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from orders.followups import clocks
from orders.followups.closing import close, tell
from orders.followups.reasons import End
from orders.models import FINAL, FollowUp, Order, Orphan
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider
from services.providers import client
from services.providers.dialect import ReportState
from services.providers.errors import ProviderError
from services.providers.reports import Report, Unreadable

logger = logging.getLogger(__name__)

BATCH = 100
Kind, State = FollowUp.Kind, FollowUp.State


def call_back(*, at: datetime) -> int:
    """Asks for a cancel of orders without an owner whose own order has ended and whose service can
    be stopped; returns how many. The others stay with staff."""
    lost = Orphan.objects.filter(
        state=Orphan.State.OPEN, order__status__in=FINAL, order__offer__can_cancel=True
    )
    return sum(_call_back(orphan_id=number, at=at) for number in lost.values_list("pk", flat=True))


def _call_back(*, orphan_id: int, at: datetime) -> bool:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(orphans=orphan_id)
        lost = Orphan.objects.filter(pk=orphan_id, state=Orphan.State.OPEN).select_for_update()
        orphan = lost.first()
        if orphan is None or order.follow_ups.open().filter(kind=Kind.CANCEL).exists():
            return False
        Orphan.objects.filter(pk=orphan_id).update(state=Orphan.State.CANCEL_ASKED)
        if _was_called_back(orphan):
            return False
        follow_up = FollowUp.objects.create(
            order=order,
            kind=Kind.CANCEL,
            asked_at=at,
            due_at=clocks.due_at(kind=Kind.CANCEL, at=at),
            provider_id=orphan.provider_id,
            external_id=orphan.external_id,
        )
        tell(follow_up=follow_up, order=order, at=at)
    return True


def _was_called_back(orphan: Orphan) -> bool:
    mine = FollowUp.objects.filter(kind=Kind.CANCEL, provider=orphan.provider_id)
    return mine.filter(external_id=orphan.external_id).exists()


def poll(*, provider_id: int, at: datetime) -> int:
    """Asks one provider what became of the numbers that were called back; returns how many are
    over. Nothing here moves a customer's money: he had it back before."""
    batch = _claim(provider_id=provider_id, at=at)
    if not batch:
        return 0
    provider = Provider.objects.get(pk=provider_id)
    try:
        told = client.statuses(
            endpoint_of(provider), external_ids=list(batch), dialect=dialect_of(provider)
        )
    except ProviderError as error:
        logger.warning("provider %s: status call failed: %s", provider_id, type(error).__name__)
        return 0
    return sum(_apply(batch[number], report, at=at) for number, report in told.items())


def _claim(*, provider_id: int, at: datetime) -> dict[str, int]:
    with transaction.atomic():
        due = FollowUp.objects.due_for_sync(at=at).filter(kind=Kind.CANCEL, provider=provider_id)
        rows = list(due.order_by("next_poll_at").select_for_update(skip_locked=True)[:BATCH])
        later = clocks.next_orphan_poll_at(at=at)
        FollowUp.objects.filter(pk__in=[row.pk for row in rows]).update(next_poll_at=later)
    return {row.external_id or "": row.pk for row in rows}


def _apply(follow_up_id: int, report: Report | Unreadable, *, at: datetime) -> bool:
    state = report.state if isinstance(report, Report) else None
    verdict = _ENDS.get(state) if state else None
    if verdict is None:
        return False
    with transaction.atomic():
        order = Order.objects.select_for_update().get(follow_ups=follow_up_id)
        sent = FollowUp.objects.filter(pk=follow_up_id, state=State.SENT).select_for_update()
        follow_up = sent.first()
        if follow_up is None:
            return False
        to, end = verdict
        close(follow_up=follow_up, order=order, to=to, end=end, at=at)
        lost = Orphan.objects.filter(
            provider=follow_up.provider_id, external_id=follow_up.external_id
        )
        lost.update(state=Orphan.State.CLOSED, closed_at=at, note=str(state))
    return True


_ENDS = {
    ReportState.CANCELED: (State.DONE, End.CANCELED),
    ReportState.PARTIAL: (State.DONE, End.PARTIAL),
    ReportState.COMPLETED: (State.DECLINED, End.COMPLETED),
}
