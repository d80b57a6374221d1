"""What a provider calls `remains`, through real HTTP: what is no number of ordered units books
nothing, and harms nobody else in its batch (docs/following.md)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from accounts.models import Case, User
from orders.following import syncing
from orders.models import Clock, Order, Status
from orders.sending import forwarding
from services.models import Service
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.orders.following.reports import broken_books
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db

# As they stand in the answer; None leaves the field out.
MALFORMED = {
    "above what was ordered": "4001",
    "negative": "-1",
    "NaN as text": '"NaN"',
    "infinity": "Infinity",
    "null": "null",
    "empty": '""',
    "missing": None,
    "exponent": '"1e3"',
    "a fraction": "4000.5",
    "NaN": "NaN",
    "a list": "[]",
    "a boolean": "true",
    "more than a number": '"4000; x"',
    "digits of another script": '"٤٠٠"',
}


def item(remains: str | None) -> str:
    rest = "" if remains is None else f', "remains": {remains}'
    return f'{{"status": "Partial", "start_count": "5"{rest}}}'


@pytest.fixture
def batch(alice: User, views: Service) -> list[Order]:
    """A hundred orders of 100 units, 0.10 each, with the running provider."""
    placed = [order(alice, service=views, quantity=100) for _number in range(100)]
    for one in placed:
        forwarding.forward(order_id=one.pk)
        one.refresh_from_db()
    return placed


def test_fourteen_malformed_counts_book_nothing_and_harm_nobody(
    batch: list[Order], upstream: DemoProvider, now: datetime, alice: User
) -> None:
    bad, good = batch[: len(MALFORMED)], batch[len(MALFORMED) :]
    for placed, remains in zip(bad, MALFORMED.values(), strict=True):
        upstream.set_raw_report(placed.external_id or "", item(remains))
    for placed in good:
        upstream.set_report(placed.external_id or "", {"status": "Partial", "remains": "40"})
    funds = spendable_micros(customer_id=alice.pk)
    assert syncing.poll(provider_id=batch[0].provider_id or 0, at=now + timedelta(minutes=1)) == 100
    assert len([call for call in upstream.requests() if call["fields"]["action"] == "status"]) == 1
    refunded = list(Order.objects.order_by("pk").values_list("status", "refunded_micros"))
    assert refunded[: len(bad)] == [(Status.PENDING, 0)] * len(bad)
    assert refunded[len(bad) :] == [(Status.PARTIAL, 40_000)] * len(good)
    assert spendable_micros(customer_id=alice.pk) == funds + 40_000 * len(good)
    assert broken_books() == []


@pytest.mark.parametrize("remains", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_count_is_for_staff_and_the_order_is_asked_again(
    sent: Order, upstream: DemoProvider, now: datetime, remains: str | None
) -> None:
    upstream.set_raw_report(sent.external_id or "", item(remains))
    due = now + timedelta(minutes=1)
    syncing.poll(provider_id=sent.provider_id or 0, at=due)
    sent.refresh_from_db()
    assert (sent.status, sent.refunded_micros, sent.remains) == (Status.PENDING, 0, None)
    assert sent.next_check_at is not None
    assert sent.next_check_at > due
    case = Case.objects.open().get(key=sent.reference)
    assert case.kind == Case.Kind.ORDER_REVIEW


def test_the_next_honest_count_books_what_is_due(
    sent: Order, upstream: DemoProvider, now: datetime
) -> None:
    for minute, remains in enumerate(('"NaN"', '"250"'), start=1):
        upstream.set_raw_report(sent.external_id or "", item(remains))
        at = now + timedelta(minutes=minute)
        syncing.poll(provider_id=sent.provider_id or 0, at=at)
    sent.refresh_from_db()
    assert (sent.status, sent.refunded_micros) == (Status.PARTIAL, 250_000)


def test_numbers_that_were_not_asked_about_are_ignored(
    sent: Order, upstream: DemoProvider, now: datetime, alice: User
) -> None:
    other = Order.objects.create(**_copy_of(sent))
    Clock.objects.filter(pk=other.pk).update(next_at=now + timedelta(days=1))
    told = {sent.external_id: {"status": "Pending"}, "777777": {"status": "Canceled"}}
    upstream.fault("answer", action="status", value=json.dumps(told))
    syncing.poll(provider_id=sent.provider_id or 0, at=now + timedelta(minutes=1))
    other.refresh_from_db()
    assert (other.status, other.refunded_micros) == (Status.PENDING, 0)


def _copy_of(sent: Order) -> dict[str, object]:
    """The same order once more under another number, not due yet."""
    fields = {
        field.attname: getattr(sent, field.attname)
        for field in Order._meta.concrete_fields
        if not field.primary_key
    }
    new = {"external_id": "777777", "link_key": "other"}
    return fields | new | {"charge_micros": 0, "due_micros": 0}
