"""A service that is sold without a refund after its start: who has it stopped then gets nothing
back; what its provider fails to deliver is paid back all the same (CAT-06, REF-08)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from orders.followups import asking, following
from orders.followups.reasons import End
from orders.models import FollowUp, Order, Status
from orders.placing.notices import Notice, shown_for
from services.models import Service
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.orders.following.reports import apply, broken_books, report
from tests.orders.followups.acts import sent_to
from tests.orders.pages import text_of

State = FollowUp.State


@pytest.fixture
def sold(alice: User, followers: Service, upstream: DemoProvider) -> Order:
    """1,000 for 1.00, with the provider, sold without a refund after its start."""
    Service.objects.filter(pk=followers.pk).update(can_partial=False)
    return sent_to(factories.order(alice, service=followers, quantity=1000))


def stop(order: Order, at: datetime, state: FollowUp.State = State.SENT) -> FollowUp:
    """Its customer asks, and the request has come as far as `state`."""
    answer = asking.ask(
        order_id=order.pk, customer_id=order.customer_id, kind=FollowUp.Kind.CANCEL, at=at
    )
    asked = FollowUp.objects.get(pk=answer.follow_up_id or 0)
    asked.state, asked.sent_at = state, at
    asked.save()
    return asked


@pytest.mark.parametrize(("word", "status"), [("partial", "partial"), ("canceled", "canceled")])
def test_who_stops_it_after_its_start_gets_nothing_back(
    sold: Order, now: datetime, word: str, status: str
) -> None:
    apply(sold, report("in_progress", 900), at=now)
    assert stop(sold, now).gives_up_refund
    apply(sold, report(word, 400), at=now)
    assert (sold.status, sold.refunded_micros, sold.remains) == (status, 0, 400)
    assert broken_books() == []


def test_with_a_partial_refund_he_gets_what_is_missing(running: Order, now: datetime) -> None:
    apply(running, report("in_progress", 900), at=now)
    assert not stop(running, now).gives_up_refund
    assert apply(running, report("partial", 400), at=now).refunded_micros == 400_000


def test_who_asked_before_its_start_gets_what_is_missing(sold: Order, now: datetime) -> None:
    assert not stop(sold, now).gives_up_refund
    apply(sold, report("in_progress", 900), at=now)
    assert apply(sold, report("partial", 400), at=now).refunded_micros == 400_000


@pytest.mark.parametrize("state", [None, State.DECLINED, State.EXPIRED, State.ASKED])
def test_what_its_provider_cuts_short_by_itself_is_paid_back(
    sold: Order, now: datetime, state: FollowUp.State | None
) -> None:
    apply(sold, report("in_progress", 900), at=now)
    if state:
        stop(sold, now, state)
    assert apply(sold, report("partial", 400), at=now).refunded_micros == 400_000


def test_what_the_panel_calls_back_is_paid_back(sold: Order, now: datetime) -> None:
    apply(sold, report("in_progress", 900), at=now)
    assert not asking.call_back(order=sold, at=now).gives_up_refund


def test_he_reads_it_before_he_orders_before_he_asks_and_after_it(
    client: Client, alice: User, sold: Order, now: datetime
) -> None:
    assert Notice.NO_REFUND_ONCE_BEGUN in shown_for(
        Service(delivery="mixed", can_cancel=True, can_partial=False)
    )
    client.force_login(alice)
    apply(sold, report("in_progress", 900), at=now)
    question = text_of(client.get(f"/orders/{sold.pk}/cancel/"))
    assert "if it can be, nothing of the $1.00 comes back" in question
    stop(sold, now)
    apply(sold, report("partial", 400), at=now)
    following.answer_requests(at=now + timedelta(seconds=1))
    asked = FollowUp.objects.get()
    assert (asked.state, asked.reason) == (State.DONE, End.WITHOUT_REFUND)
    page = text_of(client.get(f"/orders/{sold.pk}/"))
    assert "You had the order stopped after its start." in page
    assert "has been paid back" not in page
    assert Order.objects.get().status == Status.PARTIAL
