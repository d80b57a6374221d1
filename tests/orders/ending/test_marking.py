"""Marks of staff on an order: a customer's mistake, and a review of support (ORD-08, ORD-11)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import ActLog, User
from orders.ending import marking
from orders.ending.proposals import Refused
from orders.models import Order, OrderEvent
from tests.orders.ending.claiming import UNDER_WAY, acting, gone

REASON = "The profile was set to private."


@pytest.fixture
def order(alice: User) -> Order:
    return gone(alice, *UNDER_WAY)


def reviews(order: Order) -> list[str]:
    found = order.events.filter(kind=OrderEvent.Kind.REVIEW).order_by("pk")
    return [event.detail["review"] for event in found]


def test_a_mistake_is_marked_once_with_its_reason(order: Order, sam: User) -> None:
    for _press in range(2):
        marking.mark_user_error(order_id=order.pk, reason=REASON, actor=acting(sam))
    order.refresh_from_db()
    assert order.user_error_at is not None
    assert marking.user_error_reason(order) == REASON
    assert reviews(order) == ["user_error"]
    act = ActLog.objects.get(act="mark user error")
    assert (act.actor, act.target, act.reason) == (sam, order.reference, REASON)


def test_the_mark_can_be_taken_off(order: Order, sam: User) -> None:
    marking.mark_user_error(order_id=order.pk, reason=REASON, actor=acting(sam))
    for _press in range(2):
        marking.unmark_user_error(order_id=order.pk, reason="It was public.", actor=acting(sam))
    order.refresh_from_db()
    assert order.user_error_at is None
    assert marking.user_error_reason(order) == ""
    assert reviews(order) == ["user_error", "no_user_error"]


def test_nobody_marks_an_order_of_his_own(sam: User) -> None:
    with pytest.raises(Refused, match="your own order"):
        marking.mark_user_error(order_id=gone(sam).pk, reason=REASON, actor=acting(sam))


def test_a_review_opens_and_closes_once(order: Order, alice: User, sam: User) -> None:
    now = timezone.now()
    for _turn in range(2):
        marking.open_review(order_id=order.pk, by=alice, at=now)
    order.refresh_from_db()
    assert order.review_since == now
    for _turn in range(2):
        marking.close_review(order_id=order.pk, by=sam, at=now)
    order.refresh_from_db()
    assert order.review_since is None
    assert reviews(order) == ["opened", "closed"]
