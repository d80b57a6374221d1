"""Subscriptions: sent once, and then the provider makes an order for each new post.

`orders.following` writes down what the provider says of a subscription and when it says something
else; the sweep here acts on it. Who limits the number of posts has paid for all of them at once;
otherwise each post is charged when it appears, and a subscription that nobody can pay for any more
is paused. Rules: docs/plans.md, "Subscriptions"; docs/adr/0010-a-post-is-charged-at-the-most.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts import cases, sweeps
from accounts.models import Case
from orders import lifecycle
from orders.ending.returning import partly_undelivered, undelivered
from orders.models import FINAL, FollowUp, Order, OrderEvent, Role, Status, Subscription
from orders.plans import posts
from orders.plans.asking import ask_to_stop
from orders.plans.children import delivered
from orders.plans.paying_back import pay_back
from services.parameters import day_of
from services.providers.dialect import normalise_word

PER_SWEEP = 100
State = Subscription.State

# What providers say of a subscription; anything else changes nothing and is shown to staff.
_STATES = {
    "pending": State.ACTIVE,
    "processing": State.ACTIVE,
    "inprogress": State.ACTIVE,
    "active": State.ACTIVE,
    "paused": State.PAUSED,
    "completed": State.COMPLETED,
    "complete": State.COMPLETED,
    "expired": State.EXPIRED,
    "canceled": State.CANCELED,
    "cancelled": State.CANCELED,
}


def follow_due(*, at: datetime) -> None:
    """What beat does: opens what was placed, and acts on what providers say. One that does not
    answer is left alone until the next look: it must not hold up the others' posts."""
    placed = {order.pk: order for order in _placed()}
    sweeps.each("subscription", placed, lambda one: open_subscription(order=placed[one]))
    _follow_news(at=at)
    ask_unwanted(at=at)
    pause_asked()


def _follow_news(*, at: datetime) -> None:
    silent: set[int | None] = set()
    news = Subscription.objects.filter(
        # What is delivered while an account is frozen is charged once it is not: as was agreed.
        news_at__lte=at,
        order__customer__frozen_at=None,
    ).order_by("news_at")
    asked = dict(news.values_list("order_id", "order__provider_id")[:PER_SWEEP])

    def look(order_id: int) -> None:
        if asked[order_id] in silent or not _claim(order_id, at=at):
            return
        if not follow(order_id=order_id, at=at):
            silent.add(asked[order_id])

    sweeps.each("subscription", asked, look)


def open_subscription(*, order: Order) -> Subscription:
    """The subscription of a placed order, from its parameters; made once."""
    values = order.parameters
    new_posts = values.get("posts") or 0
    subscription, _is_new = Subscription.objects.get_or_create(
        order=order,
        defaults={
            "username": str(values["username"])[:200],
            "min_quantity": values["min"],
            "max_quantity": values["max"],
            "posts": None if order.runs is None else new_posts,
            "old_posts": values.get("old_posts") or 0,
            "delay_minutes": int(values.get("delay") or 0),
            "expires_on": day_of(values.get("expiry")),
        },
    )
    return subscription


def follow(*, order_id: int, at: datetime) -> bool:
    """Takes the posts that are new to us and brings state and money up to date. Asks the provider
    about new posts first, with no transaction open; False when it does not answer."""
    try:
        found = posts.read_new(order_id=order_id)
    except posts.NotAnswered:
        return False
    for post in found.readable:
        posts.take(order_id=order_id, post=post, at=at)
    with transaction.atomic():
        parent = _locked(order_id)
        subscription = Subscription.objects.select_for_update().get(order=parent)
        is_all = found.is_all and subscription.reported == found.reported
        may_end = is_all and not found.unreadable
        subscription.news_at = _next_look(found, is_all=is_all, at=at)
        _follow_word(parent, subscription, may_end=may_end, at=at)
        subscription.save(update_fields=["news_at", "state", "pause_reason"])
        _roll_up(parent, subscription, at=at)
    if found.unreadable:
        detail = f"the provider names orders that it does not know: {', '.join(found.unreadable)}"
        cases.raise_case(
            kind=Case.Kind.ORDER_REVIEW, key=f"order:{order_id}", detail=detail[:200], at=at
        )
    return True


def _claim(order_id: int, *, at: datetime) -> bool:
    """Takes it out of other sweeps' sight while its provider is asked."""
    due = Subscription.objects.filter(order=order_id, news_at__lte=at)
    return bool(due.update(news_at=at + posts.ASKED_AGAIN_AFTER))


def _next_look(found: posts.Found, *, is_all: bool, at: datetime) -> datetime | None:
    """At once where a newer report or further numbers wait, later for what is not known there."""
    if not is_all:
        return at
    return at + posts.ASKED_AGAIN_AFTER if found.unreadable else None


def ask_unwanted(*, at: datetime) -> None:
    """A provider that goes on after the last day, for somebody who may not order any more, or with
    what was ended here, is asked to stop, once. What cannot be stopped is not looked at: it would
    stay in front of what can for ever."""
    yesterday = at.date() - timedelta(days=1)
    unwanted = Subscription.objects.filter(
        Q(expires_on__lt=yesterday)
        | Q(order__customer__is_active=False)
        | Q(order__status__in=FINAL),
        state=State.ACTIVE,
        order__external_id__isnull=False,
        order__snapshot__can_cancel=True,
    )
    unwanted = unwanted.exclude(order__follow_ups__kind=FollowUp.Kind.CANCEL).order_by("order")
    numbers = unwanted.values_list("order_id", flat=True)[:PER_SWEEP]
    sweeps.each("subscription", numbers, lambda one: _ask_to_stop(one, at=at))


def _ask_to_stop(order_id: int, *, at: datetime) -> None:
    with transaction.atomic():
        ask_to_stop(order=_locked(order_id), at=at)


def pause_asked() -> int:
    """Shows what counts no post any more because a cancel was asked for, by whomever: `posts`
    charges none from that moment on. What was paid for ahead goes on until it is stopped."""
    cancels = FollowUp.objects.filter(order=OuterRef("order"), kind=FollowUp.Kind.CANCEL)
    going = Subscription.objects.filter(Exists(cancels), order__runs=None)
    going = going.exclude(state__in=posts.OVER).exclude(pause_reason__in=posts.OURS)
    return going.update(state=State.PAUSED, pause_reason=posts.ASKED)


def _follow_word(parent: Order, subscription: Subscription, *, may_end: bool, at: datetime) -> None:
    """Over is over. Our own pause lasts until the provider has stopped; its own ends by itself."""
    word = str(subscription.reported.get("status", ""))
    state = _STATES.get(normalise_word(word).replace(" ", ""))
    if parent.status == Status.CANCELED:
        state = State.CANCELED
    if state is None or subscription.state in posts.OVER:
        return
    if state in posts.OVER and not may_end:
        return
    is_paused_by_us = subscription.pause_reason in posts.OURS
    if state in posts.OVER or not is_paused_by_us:
        subscription.state = state
        if not is_paused_by_us:
            subscription.pause_reason = "provider" if state == State.PAUSED else ""
    if parent.status in (Status.PENDING, Status.PROCESSING):
        lifecycle.advance(order=parent, to=Status.IN_PROGRESS, at=at)


def _roll_up(parent: Order, subscription: Subscription, *, at: datetime) -> None:
    """A locked subscription's order stands as its posts do. Posts that never came, and what fewer
    than the most each post had, are undelivered as soon as that is certain."""
    if parent.status not in (*FINAL, Status.IN_PROGRESS):
        return
    children = list(parent.children.order_by("run_number"))
    is_over = subscription.state in posts.OVER
    # What a provider makes beyond the posts that were paid for is not counted.
    paid = children[: parent.runs or 0]
    lost = _lost(parent, subscription, paid)
    if parent.runs is not None:
        _count(parent, parent.units - sum(delivered(post) for post in paid), at=at)
    if is_over and all(child.is_final for child in children):
        to = _end_of(parent, subscription, lost=lost)
        if parent.status != to and lifecycle.may_become(order=parent, status=to):
            lifecycle.advance(order=parent, to=to, at=at)
    pay_back(parent, lost=lost, partly=sum(map(partly_undelivered, paid)), at=at)


def _lost(parent: Order, subscription: Subscription, paid: list[Order]) -> int:
    """Units of a limited subscription that will certainly not come."""
    if parent.runs is None:
        return 0
    never = parent.runs - len(paid) if subscription.state in posts.OVER else 0
    fewer = sum(parent.quantity - post.units + undelivered(post) for post in paid)
    return fewer + never * parent.quantity


def _end_of(parent: Order, subscription: Subscription, *, lost: int) -> Status:
    """Without a limit there is nothing that could be missing: what came was charged for."""
    if parent.runs is None:
        is_canceled = subscription.state == State.CANCELED
        return Status.CANCELED if is_canceled else Status.COMPLETED
    if lost == 0:
        return Status.COMPLETED
    return Status.CANCELED if lost >= parent.units else Status.PARTIAL


def _count(parent: Order, remains: int, *, at: datetime) -> None:
    if parent.remains != remains:
        parent.remains = remains
        parent.save(update_fields=["remains"])
        detail = {"start_count": None, "remains": remains}
        lifecycle.record(order=parent, kind=OrderEvent.Kind.PROGRESS, detail=detail, at=at)


def _locked(order_id: int) -> Order:
    return Order.objects.select_for_update().get(pk=order_id, role=Role.SUBSCRIPTION)


def _placed() -> list[Order]:
    placed = Order.objects.filter(role=Role.SUBSCRIPTION, subscription=None)
    return list(placed.order_by("pk")[:PER_SWEEP])
