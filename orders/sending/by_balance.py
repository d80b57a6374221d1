"""Deciding what our balance at a provider leaves no doubt about (opt-in).

What the balance did not fall by was not created. What it did fall by was, but under which number
only a scan or a person can say. Source: docs/forwarding.md, "Looking by itself".
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from orders.models import Order, OrderEvent, Status, Submission
from orders.sending import balances, seeking
from orders.sending.arithmetic import explain
from orders.sending.expecting import expected_micros

State = Submission.State
Window = tuple[datetime, datetime]

NOT_THERE = "not_there_by_balance"
_COSTLY = (State.SUBMITTING, State.ACCEPTED, State.UNCERTAIN, State.RESOLVED)


def decide(doubt: Submission, *, at: datetime) -> None:
    """Queues the order again if the balance proves that the provider did not take it."""
    fall = balances.fall_around(doubt)
    if fall is None:
        return
    charged = _charged(doubt.provider_id, fall)
    if charged is not None and doubt.pk not in charged:
        facts = {"balance_micros": [fall.before.amount_micros, fall.after.amount_micros]}
        seeking.send_again(doubt, reason=NOT_THERE, facts=facts, at=at)


def _charged(provider_id: int, fall: balances.Fall) -> frozenset[int] | None:
    """The doubtful attempts that the fall shows were charged; None where it shows nothing."""
    window = (fall.before.read_at, fall.after.read_at)
    sent = Submission.objects.filter(
        provider=provider_id, state__in=_COSTLY, started_at__range=window
    )
    known: list[int] = []
    doubtful: dict[int, int] = {}
    for one in sent.select_related("order", "provider"):
        price = expected_micros(one)
        if price is None or one.state not in (State.ACCEPTED, State.UNCERTAIN):
            return None
        if one.state == State.ACCEPTED:
            known.append(price)
        else:
            doubtful[one.pk] = price
    if _is_blurred(provider_id, window):
        return None
    return explain(
        fallen_micros=fall.micros, known_micros=sum(known), known=len(known), doubtful=doubtful
    )


def _is_blurred(provider_id: int, window: Window) -> bool:
    """Whether something else may have moved the balance: a request under way at a reading, or money
    that came back for an order that ended short, as far as the provider has told us by now."""
    under_way = Q()
    for read_at in window:
        is_open = Q(finished_at=None) | Q(finished_at__gt=read_at)
        under_way |= Q(started_at__lt=read_at) & is_open
    sent = Submission.objects.filter(provider=provider_id)
    return sent.filter(under_way).exists() or _may_have_paid_back(provider_id, window)


def _may_have_paid_back(provider_id: int, window: Window) -> bool:
    """An order of the provider that was there in the window and has ended short since, or whose
    news is older than the second reading: it may have ended short without our knowing yet."""
    theirs = Order.objects.filter(provider=provider_id, sent_at__lt=window[1])
    short = theirs.filter(
        events__kind=OrderEvent.Kind.STATUS,
        events__at__gte=window[0],
        events__detail__to__in=(Status.PARTIAL, Status.CANCELED),
    )
    unheard = theirs.filter(clock__next_at__isnull=False).filter(
        Q(clock__checked_at=None) | Q(clock__checked_at__lt=window[1])
    )
    return short.exists() or unheard.exists()
