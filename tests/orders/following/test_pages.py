"""What the customer reads of how his order goes on: late, about how long still, part not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from orders.models import Claim, Clock, Order
from tests.orders.following.reports import apply, report
from tests.orders.pages import text_of

pytestmark = pytest.mark.django_db
LATE = "The order is late: it takes more than three times as long"


@pytest.fixture
def read(client: Client, alice: User) -> Callable[[Order], str]:
    client.force_login(alice)
    return lambda placed: text_of(client.get(placed.get_absolute_url()))


def test_we_say_that_an_order_is_late_before_the_customer_asks(
    sent: Order, now: datetime, read: Callable[[Order], str]
) -> None:
    Order.objects.update(expected_by=now + timedelta(minutes=1))
    assert LATE not in read(sent)
    Order.objects.update(expected_by=now - timedelta(minutes=1))
    assert LATE in read(sent)
    apply(sent, report("completed", 0), at=now)
    assert LATE not in read(sent)


def test_about_how_long_it_still_takes_is_an_estimate(
    sent: Order, now: datetime, read: Callable[[Order], str]
) -> None:
    apply(sent, report("in_progress", 500), at=now)
    Order.objects.update(sent_at=now - timedelta(minutes=60))
    Clock.objects.update(checked_at=now)
    assert "Left about 60 minutes (an estimate)" in read(sent)


def test_a_part_that_staff_decide_about_is_not_called_paid_back(
    sent_under: Callable[..., Order], now: datetime, read: Callable[[Order], str]
) -> None:
    placed = apply(sent_under(order_partial_refund="manual"), report("partial", 300), at=now)
    words = read(placed)
    assert "Our staff decide about what was not delivered" in words
    assert "has been paid back" not in words
    Claim.objects.update(state=Claim.State.DECLINED, decided_at=now)
    assert "Our staff decide" not in read(placed)
