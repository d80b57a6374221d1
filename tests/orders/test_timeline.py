"""The story of an order, line by line."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from orders import lifecycle
from orders.ending.arithmetic import refund_sum
from orders.models import Order, OrderEvent, Status
from orders.pages import timeline
from orders.pages.timeline import COUNTS_IN_A_ROW, Line
from tests.factories import MICROS, order, service
from tests.orders.pages import RUNNING, walk
from wallet import ledger


def told(placed: Order) -> list[Line]:
    return timeline.timeline_of(
        order=placed,
        events=placed.events.order_by("pk"),
        movements=timeline.movements_of(placed),
    )


def count(placed: Order, *, at: datetime, remains: int | None, start_count: int | None = 5) -> None:
    detail = {"start_count": start_count, "remains": remains}
    lifecycle.record(order=placed, kind=OrderEvent.Kind.PROGRESS, detail=detail, at=at)


@pytest.fixture
def placed(alice: User) -> Order:
    """1,000 at 1.00 per 1000, through the API."""
    return order(alice, quantity=1000)


def test_a_partial_order_is_told_from_the_beginning(placed: Order) -> None:
    at_once = placed.created_at
    cut = walk(placed, *RUNNING, Status.PARTIAL, remains=250, at=at_once)
    assert [line.text for line in told(cut)] == [
        "Placed by you through the API",
        "$1.00 charged",
        "Sent for delivery",
        "Accepted for delivery",
        "Delivery is running",
        "Ended before all was delivered",
        "$0.25 paid back",
    ]


def test_one_report_is_told_as_began_counted_ended(placed: Order) -> None:
    at_once = placed.created_at
    walk(placed, Status.SUBMITTING, Status.PENDING, at=at_once)
    count(placed, at=at_once, remains=1000)
    walk(placed, Status.IN_PROGRESS, at=at_once)
    count(placed, at=at_once + timedelta(minutes=1), remains=0)
    done = walk(placed, Status.COMPLETED, at=at_once + timedelta(minutes=1))
    assert [line.text for line in told(done)][3:] == [
        "Accepted for delivery",
        "Delivery is running",
        "Counted 5 at the start",
        "1,000 of 1,000 delivered",
        "Delivered in full",
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("refused", "Could not be accepted for delivery: canceled"),
        ("neworder.error.secret_provider_text", "Canceled before all was delivered"),
        ("", "Canceled before all was delivered"),
    ],
)
def test_reasons_are_told_in_our_own_words(placed: Order, reason: str, words: str) -> None:
    lifecycle.cancel_in_full(order=placed, at=timezone.now(), reason=reason)
    assert words in [line.text for line in told(placed)]
    assert not any("secret" in line.text for line in told(placed))


def test_a_retry_is_told(placed: Order) -> None:
    walk(placed, Status.SUBMITTING, Status.QUEUED)
    assert told(placed)[-1].text == "Could not be sent yet: we try again by ourselves"


def test_flags_for_staff_are_not_told(placed: Order) -> None:
    before = len(told(placed))
    lifecycle.record(
        order=placed, kind=OrderEvent.Kind.FLAGGED, detail={"reason": "x"}, at=timezone.now()
    )
    assert len(told(placed)) == before


@pytest.mark.parametrize(
    ("start_count", "remains", "words"),
    [
        (None, None, "Nothing delivered yet"),
        (1004, None, "Counted 1,004 at the start"),
        (1004, 1000, "Counted 1,004 at the start"),
        (1004, 400, "600 of 1,000 delivered"),
        (None, 0, "1,000 of 1,000 delivered"),
    ],
)
def test_counts_are_told_in_words(
    placed: Order, start_count: int | None, remains: int | None, words: str
) -> None:
    count(placed, at=timezone.now(), start_count=start_count, remains=remains)
    assert told(placed)[-1].text == words


def test_many_counts_are_folded_under_the_last(placed: Order) -> None:
    begun = timezone.now()
    for number in range(10):
        count(placed, at=begun + timedelta(minutes=number), remains=1000 - 100 * number)
    first, last = told(placed)[-2:]
    assert (first.text, last.text) == ("Counted 5 at the start", "900 of 1,000 delivered")
    assert len(last.folded) == 8


def test_a_few_counts_stand_alone(placed: Order) -> None:
    for number in range(COUNTS_IN_A_ROW):
        count(placed, at=timezone.now(), remains=900 - number)
    assert not any(line.folded for line in told(placed))


def test_money_taken_from_the_bonus_is_told_apart(alice: User) -> None:
    now = timezone.now()
    ledger.grant_bonus(customer_id=alice.pk, amount_micros=50 * MICROS, reference="bonus:1", at=now)
    dear = order(alice, service=service(rate_micros=120 * MICROS))
    walk(dear, *RUNNING, Status.PARTIAL, remains=500)
    moved = [(line.amount_micros, line.is_bonus) for line in timeline.movements_of(dear)]
    assert moved == [
        (-100 * MICROS, False),
        (-20 * MICROS, True),
        (20 * MICROS, True),
        (40 * MICROS, False),
    ]


def test_a_refund_by_no_formula_shows_none(placed: Order) -> None:
    lifecycle.cancel_in_full(order=placed, at=timezone.now())
    assert placed.refunded_micros == placed.charge_micros
    assert refund_sum(placed) is None
