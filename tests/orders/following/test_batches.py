"""A hundred reports at once: in few statements, and none harms another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Case, User
from orders import lifecycle
from orders.following import reporting, writing
from orders.models import Order, OrderEvent, Status
from services.providers.reports import Report, Unreadable
from tests.factories import order, service
from tests.orders.following.reports import broken_books, report

pytestmark = pytest.mark.django_db
Told = Report | Unreadable


@pytest.fixture
def batch(alice: User, terms: None, now: datetime) -> list[Order]:
    """Thirty orders of 1,000 units for 1.00 with one provider."""
    sold = service()
    placed = [order(alice, service=sold) for _number in range(30)]
    for one in placed:
        one.provider = one.offer.provider if one.offer else None
        one.external_id, one.sent_at = str(one.pk), now
        one.save()
        for status in (Status.SUBMITTING, Status.PENDING):
            lifecycle.advance(order=one, to=status, at=now)
    return placed


def apply_to(batch: list[Order], *told: Told, at: datetime) -> int:
    """The reports in turn; returns how many statements they took."""
    reports = {placed.pk: told[place % len(told)] for place, placed in enumerate(batch)}
    with CaptureQueriesContext(connection) as taken:
        reporting.apply_reports(reports=reports, at=at)
    return len(taken)


def test_news_of_many_orders_takes_a_handful_of_statements(
    batch: list[Order], now: datetime
) -> None:
    apply_to(batch, report("in_progress", 900), at=now)
    assert apply_to(batch, report("in_progress", 800), at=now) <= 5
    assert OrderEvent.objects.filter(kind=OrderEvent.Kind.PROGRESS).count() == 60
    assert apply_to(batch, report("in_progress", 800), at=now) <= 5
    assert set(Order.objects.values_list("remains", "clock__checked_at")) == {(800, now)}


def test_ends_and_refunds_of_many_take_a_handful_too(batch: list[Order], now: datetime) -> None:
    apply_to(batch, report("in_progress", 900), at=now)
    ends = (report("completed", 0), report("partial", 300), report("canceled", None))
    assert apply_to(batch, *ends, at=now) <= 8
    assert broken_books() == []


def test_a_batch_is_applied_as_if_each_were_alone(batch: list[Order], now: datetime) -> None:
    told: tuple[Told, ...] = (
        report("in_progress", 400),
        report("partial", 300),
        report("completed", 0),
        report("canceled", None),
        Unreadable("missing"),
        report("partial", None),
    )
    apply_to(batch, *told, at=now)
    together = list(Order.objects.order_by("pk").values_list("status", "refunded_micros"))
    assert together[:6] == [
        (Status.IN_PROGRESS, 0),
        (Status.PARTIAL, 300_000),
        (Status.COMPLETED, 0),
        (Status.CANCELED, 1_000_000),
        (Status.PENDING, 0),
        (Status.PENDING, 0),
    ]
    assert together == together[:6] * 5
    assert broken_books() == []


def test_an_order_that_breaks_the_batch_is_the_only_one_left_out(
    batch: list[Order], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, bad = lifecycle.move, batch[7]

    def refuse_one(*, order: Order, **fields: Any) -> OrderEvent:
        if order.pk == bad.pk:
            raise lifecycle.ImpossibleTransition("on purpose")
        return honest(order=order, **fields)

    monkeypatch.setattr(lifecycle, "move", refuse_one)
    apply_to(batch, report("completed", 0), at=now)
    done = Order.objects.filter(status=Status.COMPLETED)
    assert set(done.values_list("pk", flat=True)) == {one.pk for one in batch} - {bad.pk}
    assert [case.key for case in Case.objects.open()] == [bad.reference]
    assert broken_books() == []


def test_only_what_following_knows_is_written(batch: list[Order], now: datetime) -> None:
    """Whatever another worker has changed meanwhile stays."""
    reports = {batch[0].pk: report("in_progress", 900)}
    Order.objects.filter(pk=batch[0].pk).update(review_since=now)
    reporting.apply_reports(reports=reports, at=now)
    found = Order.objects.get(pk=batch[0].pk)
    assert (found.review_since, found.remains) == (now, 900)


def test_a_locked_order_knows_its_provider_and_can_tell_the_rest(batch: list[Order]) -> None:
    [locked], undivided = writing.lock([batch[0].pk])
    with CaptureQueriesContext(connection) as taken:
        assert (locked, locked.provider) == (batch[0], batch[0].provider)
    assert (len(taken), undivided) == (0, frozenset())
    assert (locked.link, locked.snapshot) == (batch[0].link, batch[0].snapshot)


def test_whatever_a_line_says_is_written_as_it_is(batch: list[Order], now: datetime) -> None:
    odd = {"reason": 'NULL, "é" \\ {1,2}\n', "remains": None}
    line = writing.Line(batch[0].pk, OrderEvent.Kind.FLAGGED, odd)
    writing.write([], before=[], checks=[], unheard=[], story=[line], at=now)
    assert OrderEvent.objects.latest("pk").detail == odd
