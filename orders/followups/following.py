"""What became of requests. A refill is asked about at its provider; a cancel is answered by the
order's own reports and by nothing else: only they end an order and move money (DEL-03)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts import sweeps
from orders.ending import canceling
from orders.ending.canceling import Way
from orders.followups import asking, clocks
from orders.followups.closing import close
from orders.followups.reasons import End
from orders.models import FINAL, UNSENT, FollowUp, Order, Status
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider
from services.pausing import pause_provider
from services.providers import client
from services.providers.errors import AccountRefused, ProviderError
from services.providers.followups import RefillReport, RefillState
from services.providers.reports import Unreadable

logger = logging.getLogger(__name__)

BATCH = 100
ROWS_PER_TURN = 500
Kind, State = FollowUp.Kind, FollowUp.State
Verdict = tuple[FollowUp.State, End] | None


def answer_requests(*, at: datetime) -> int:
    """Closes what the orders themselves have answered by now, and moves cancels on whose order is
    known to have arrived, or not; returns how many requests were closed."""
    refills_before = at - clocks.REFILL_GIVEN_UP_AFTER
    asked = FollowUp.objects.worth_a_look(at=at, refills_before=refills_before)
    rows = asked.order_by("asked_at").values_list("pk", "order_id", "kind")[:ROWS_PER_TURN]
    found = {pk: (order_id, _RULES[kind]) for pk, order_id, kind in rows}
    return sweeps.each("request", found, lambda one: _answer(one, *found[one], at=at))


Rule = Callable[[FollowUp, Order, datetime], Verdict]


def _answer(follow_up_id: int, order_id: int, rule: Rule, *, at: datetime) -> bool:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        mine = FollowUp.objects.open().exclude(state=State.SENDING).select_for_update()
        follow_up = mine.filter(pk=follow_up_id).first()
        verdict = rule(follow_up, order, at) if follow_up else None
        if follow_up is None or verdict is None:
            return False
        to, end = verdict
        close(follow_up=follow_up, order=order, to=to, end=end, at=at)
    return True


def _on_cancel(follow_up: FollowUp, order: Order, at: datetime) -> Verdict:
    if _is_of_another_number(follow_up, order):
        return _when_overdue(follow_up, at=at)
    if order.absorbed_micros:
        is_over = order.settled_at is not None
        return (State.DONE, End.SETTLED) if is_over else _when_overdue(follow_up, at=at)
    if order.status in FINAL:
        is_after = _is_after_its_end(follow_up, order)
        return _when_passed_on(follow_up, at=at) if is_after else _when_ended(follow_up, order)
    if order.status in UNSENT:
        canceling.take_back(order=order, at=at)
        return State.DONE, End.TAKEN_BACK
    if follow_up.state == State.ASKED and follow_up.provider_id is None:
        return _pass_on(follow_up, order, at=at)
    return _when_overdue(follow_up, at=at)


def _is_of_another_number(follow_up: FollowUp, order: Order) -> bool:
    """It calls back what a provider made of an order that had been given up (an orphan)."""
    return follow_up.external_id is not None and follow_up.external_id != order.external_id


def _is_after_its_end(follow_up: FollowUp, order: Order) -> bool:
    """People had ended the order when the panel called it back: its end is no answer."""
    if follow_up.asked_by_id is not None or order.finished_at is None:
        return False
    return order.finished_at <= follow_up.asked_at


def _when_passed_on(follow_up: FollowUp, *, at: datetime) -> Verdict:
    """Nothing hangs on the provider's answer any more."""
    is_over = follow_up.state == State.SENT
    return (State.DONE, End.SETTLED) if is_over else _when_overdue(follow_up, at=at)


def _pass_on(follow_up: FollowUp, order: Order, *, at: datetime) -> Verdict:
    """The outcome that a cancel had to wait for is known: a provider has the order. What the panel
    asks by itself, and what was routed to people, stays as it is."""
    way = canceling.way_with_provider(order=order)
    if order.external_id is None or follow_up.asked_by_id is None:
        return None
    if way is None:
        return State.DECLINED, End.TOO_LATE
    if way == Way.ABSORB:
        close(follow_up=follow_up, order=order, to=State.DONE, end=End.CANCELED, at=at)
        asking.absorb(order=order, at=at)
        return None
    asking.route(follow_up=follow_up, order=order)
    follow_up.save(update_fields=["provider", "external_id"])
    return None


_CANCEL_ENDS = {
    Status.CANCELED: (State.DONE, End.CANCELED),
    Status.PARTIAL: (State.DONE, End.PARTIAL),
    Status.COMPLETED: (State.DECLINED, End.COMPLETED),
}


def _when_ended(follow_up: FollowUp, order: Order) -> Verdict:
    if follow_up.gives_up_refund and order.was_cut_short and not order.refunded_micros:
        return State.DONE, End.WITHOUT_REFUND
    return _CANCEL_ENDS[Status(order.status)]


def _when_overdue(follow_up: FollowUp, *, at: datetime) -> Verdict:
    """Without an answer the order goes on. What people have to do does not end by itself."""
    is_with_people = follow_up.provider_id is None
    if is_with_people or at < follow_up.due_at:
        return None
    return State.EXPIRED, End.NO_ANSWER


def _on_refill(follow_up: FollowUp, order: Order, at: datetime) -> Verdict:
    if order.status != Status.COMPLETED and follow_up.state == State.ASKED:
        return State.DECLINED, End.NOT_POSSIBLE  # what was missing has been paid back meanwhile
    is_followed = follow_up.state == State.SENT and follow_up.external_id is not None
    if is_followed and at >= follow_up.asked_at + clocks.REFILL_GIVEN_UP_AFTER:
        return State.EXPIRED, End.NO_ANSWER
    return None


def _on_speed_up(follow_up: FollowUp, order: Order, at: datetime) -> Verdict:
    if order.status == Status.COMPLETED:
        return State.DONE, End.DELIVERED
    return (State.DECLINED, End.NOT_POSSIBLE) if order.status in FINAL else None


_RULES: dict[str, Rule] = {
    Kind.CANCEL: _on_cancel,
    Kind.REFILL: _on_refill,
    Kind.SPEED_UP: _on_speed_up,
}


# --- Refills at their providers -------------------------------------------------------------------


def providers_with_due(*, at: datetime) -> list[int]:
    """Who has to be asked what became of requests now."""
    due = FollowUp.objects.due_for_sync(at=at).order_by()
    return [number for number in due.values_list("provider_id", flat=True).distinct() if number]


def poll_refills(*, provider_id: int, at: datetime) -> int:
    """Asks one provider about its due refills, a hundred in a call; returns how many were closed.
    Garbage about one harms no other, and after a failed call all are asked about again later."""
    batch = _claim(provider_id=provider_id, at=at)
    if not batch:
        return 0
    provider = Provider.objects.get(pk=provider_id)
    try:
        told = client.refill_statuses(
            endpoint_of(provider), refill_ids=list(batch), dialect=dialect_of(provider)
        )
    except ProviderError as error:
        logger.warning("provider %s: refill call failed: %s", provider_id, type(error).__name__)
        if isinstance(error, AccountRefused):
            pause_provider(provider_id=provider_id, reason=error.text, at=at)
        return 0
    return sum(_apply(batch[number], report, at=at) for number, report in told.items())


def _claim(*, provider_id: int, at: datetime) -> dict[str, int]:
    """Takes due refills out of everybody else's sight until they are due again."""
    with transaction.atomic():
        due = FollowUp.objects.due_for_sync(at=at).filter(
            kind=Kind.REFILL, provider=provider_id, external_id__isnull=False
        )
        rows = list(due.order_by("next_poll_at").select_for_update(skip_locked=True)[:BATCH])
        for row in rows:
            row.next_poll_at = clocks.next_refill_poll_at(asked_at=row.asked_at, at=at)
        FollowUp.objects.bulk_update(rows, ["next_poll_at"])
    return {row.external_id or "": row.pk for row in rows}


def _apply(follow_up_id: int, report: RefillReport | Unreadable, *, at: datetime) -> bool:
    """What a word proves; one that nobody knows, and no word at all, prove nothing."""
    state = report.state if isinstance(report, RefillReport) else None
    verdict = _REFILL_ENDS.get(state) if state else None
    if verdict is None:
        return False
    with transaction.atomic():
        order = Order.objects.select_for_update().get(follow_ups=follow_up_id)
        sent = FollowUp.objects.filter(pk=follow_up_id, state=State.SENT).select_for_update()
        follow_up = sent.first()
        if follow_up is not None:
            to, end = verdict
            close(follow_up=follow_up, order=order, to=to, end=end, at=at)
    return follow_up is not None


_REFILL_ENDS = {
    RefillState.COMPLETED: (State.DONE, End.REFILLED),
    RefillState.REJECTED: (State.DECLINED, End.NOT_POSSIBLE),
}
