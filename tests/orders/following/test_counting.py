"""The numbers of reports: kept for people, flagged where they cannot be right, never money."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Case, User
from orders import lifecycle
from orders.following.silence import SILENCE_BEFORE_ALERT
from orders.models import Order, OrderEvent, Role, Status, Subscription
from orders.placing.placement import OrderRequest, place_order
from orders.staff.why import FALLING
from services.models import Service
from services.providers.dialect import ReportState
from services.providers.reports import Report, SubscriptionReport, Unreadable
from services.types import ServiceType
from tests.factories import MICROS, fund, service
from tests.orders.following.reports import apply, broken_books, report
from tests.orders.plans.subscribing import subscribed

pytestmark = pytest.mark.django_db


def flags(placed: Order) -> list[str]:
    lines = placed.events.filter(kind=OrderEvent.Kind.FLAGGED).order_by("pk")
    return [line.detail["reason"] for line in lines]


FALLS = [
    ("remains grew", [(900, 50), (950, 50)]),
    ("start count changed", [(900, 50), (800, 49)]),
    ("count below the start", [(900, 50), (1001, 50)]),
]


@pytest.mark.parametrize(("reason", "counts"), FALLS)
def test_counts_that_go_the_wrong_way_are_flagged_once(
    sent: Order, now: datetime, reason: str, counts: list[tuple[int, int]]
) -> None:
    told = [report("in_progress", remains, start_count=start) for remains, start in counts]
    apply(sent, *told, *told, *told, at=now)
    assert flags(sent).count(reason) == 1
    assert reason in FALLING
    assert (sent.status, sent.refunded_micros) == (Status.IN_PROGRESS, 0)


def test_what_is_counted_before_the_start_may_still_change(sent: Order, now: datetime) -> None:
    apply(
        sent,
        report("pending", 0, start_count=0),
        report("pending", 1000, start_count=0),
        report("in_progress", 1000, start_count=4711),
        at=now,
    )
    assert (flags(sent), sent.started_at, sent.start_count) == ([], None, 4711)


def test_nothing_delivered_is_not_shown_as_everything(sent: Order, now: datetime) -> None:
    apply(sent, report("pending", 0), at=now)
    assert (sent.remains, sent.delivered) == (None, None)


def test_a_drop_after_the_end_is_no_shortfall(sent: Order, now: datetime) -> None:
    """DEL-08: only a report of Partial or Canceled is one."""
    apply(sent, report("completed", 0), at=now)
    apply(sent, report("completed", 400), report("in_progress", 800), at=now + timedelta(days=2))
    assert (sent.status, sent.refunded_micros, sent.remains) == (Status.COMPLETED, 0, 0)
    assert flags(sent) == ["resurrected"]


@pytest.mark.parametrize("state", ["in_progress", "completed"])
def test_more_than_was_ordered_costs_nothing_extra(sent: Order, now: datetime, state: str) -> None:
    """CAT-10: a negative rest is over-delivery."""
    apply(sent, report(state, None, remains_text="-50", start_count=10), at=now)
    assert (sent.charge_micros, sent.net_charge_micros) == (MICROS, MICROS)
    assert broken_books() == []


def test_when_delivery_began_is_kept(sent: Order, now: datetime) -> None:
    later = now + timedelta(minutes=7)
    apply(sent, report("in_progress", 1000), at=now)
    apply(sent, report("in_progress", 990), at=later)
    apply(sent, report("in_progress", 500), at=later + timedelta(minutes=1))
    assert sent.started_at == later


@pytest.mark.parametrize(
    ("charge", "currency", "kept"),
    [
        ("0.27819", "usd", (278_190, "USD")),
        ("4500", "RUB", (4_500_000_000, "RUB")),
        ("0.1", "doubloons", (100_000, "USD")),
        ("-3", "USD", (None, "")),
        ("1000000000", "USD", (1_000_000_000 * MICROS, "USD")),
        ("9999999999999", "USD", (None, "")),
    ],
)
def test_the_providers_price_is_for_margins_alone(
    sent: Order, now: datetime, charge: str, currency: str, kept: tuple[int | None, str]
) -> None:
    priced = report("in_progress", 900, charge=Decimal(charge), currency=currency)
    apply(sent, priced, at=now)
    assert (sent.provider_charge_micros, sent.provider_currency) == kept
    assert (sent.charge_micros, sent.refunded_micros, sent.due_micros) == (MICROS, 0, 0)


def test_silence_is_dated_and_ends_with_a_readable_report(sent: Order, now: datetime) -> None:
    apply(sent, Unreadable("missing"), at=now)
    apply(sent, Unreadable("unknown_order", "Incorrect order ID"), at=now + timedelta(hours=1))
    assert (sent.silent_since, sent.poll_failures, sent.checked_at) == (now, 2, None)
    later = now + timedelta(hours=2)
    apply(sent, report("in_progress", 900), at=later)
    assert (sent.silent_since, sent.poll_failures, sent.checked_at) == (None, 0, later)


def test_a_day_of_silence_is_told_however_few_the_checks(sent: Order, now: datetime) -> None:
    apply(sent, Unreadable("missing"), at=now)
    apply(sent, Unreadable("missing"), at=now + SILENCE_BEFORE_ALERT - timedelta(seconds=1))
    assert not Case.objects.open().exists()
    apply(sent, Unreadable("missing"), at=now + SILENCE_BEFORE_ALERT)
    assert Case.objects.open().get().kind == Case.Kind.REPORT_UNREADABLE
    assert (sent.status, sent.refunded_micros) == (Status.PENDING, 0)


def accepted(user: User, sold: Service, now: datetime, **asked: Any) -> Order:
    """Placed as its customer would, and with a provider."""
    fund(user)
    request = OrderRequest(
        service_id=sold.pk, link="https://example.com/p/7", channel=Order.Channel.API, **asked
    )
    found = Order.objects.get(
        pk=place_order(customer_id=user.pk, request=request, at=timezone.now()).order_id
    )
    found.provider = found.offer.provider if found.offer else None
    found.external_id, found.sent_at = str(found.pk), now
    found.save()
    for status in (Status.SUBMITTING, Status.PENDING):
        lifecycle.advance(order=found, to=status, at=now)
    return found


@pytest.mark.parametrize(("remains", "refunded"), [(3000, 3 * MICROS), (4000, 4 * MICROS)])
def test_a_drip_feed_that_the_provider_runs_is_counted_in_all_its_units(
    alice: User, terms: None, now: datetime, remains: int, refunded: int
) -> None:
    sold = service(can_drip_feed=True, drip_feed_by=Service.RunBy.PROVIDER)
    placed = accepted(alice, sold, now, quantity=1000, runs=4, interval_minutes=30)
    assert (placed.role, placed.units, placed.charge_micros) == (Role.SINGLE, 4000, 4 * MICROS)
    apply(placed, report("partial", 4001), report("partial", remains), at=now)
    assert placed.refunded_micros == refunded


@pytest.mark.parametrize(("remains", "refunded"), [(0, 0), (1, MICROS), (400, 0)])
def test_a_package_is_all_or_nothing(
    alice: User, terms: None, now: datetime, remains: int, refunded: int
) -> None:
    """Its one unit is the whole; what is no count of that is for staff."""
    sold = service(type=ServiceType.PACKAGE, min_quantity=1, max_quantity=1)
    placed = apply(accepted(alice, sold, now, quantity=None), report("partial", remains), at=now)
    assert (placed.charge_micros, placed.refunded_micros) == (MICROS, refunded)


@pytest.mark.parametrize(("word", "is_known"), [("Active", True), ("Paused", False)])
def test_what_is_told_of_a_subscription_is_written_down_for_its_plan(
    alice: User, terms: None, now: datetime, word: str, *, is_known: bool
) -> None:
    parent = subscribed(alice)
    Subscription.objects.update(news_at=None)
    told = Report(
        state=ReportState.IN_PROGRESS if is_known else None,
        word=word,
        subscription=SubscriptionReport(("11", "12"), "3"),
    )
    apply(parent, told, at=now)
    apply(parent, told, at=now + timedelta(minutes=5))
    plan = Subscription.objects.get(order=parent)
    assert plan.reported == {"status": word, "posts": "3", "orders": ["11", "12"]}
    assert plan.news_at == now
    assert (parent.poll_failures, parent.refunded_micros) == (0, 0)


def test_a_word_that_means_nothing_for_a_subscription_is_a_miss(
    alice: User, terms: None, now: datetime
) -> None:
    parent = apply(subscribed(alice), report(None), at=now)
    assert parent.poll_failures == 1
