"""Whatever changes an order is written down for its customer's server with the change itself: by
whichever way it comes, once, and not at all if it is rolled back."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from orders import lifecycle
from orders.api.answers import order_reports
from orders.following import reporting
from orders.followups.closing import close, tell
from orders.followups.reasons import End
from orders.models import FollowUp, Order, Status, WebhookMessage, WebhookType
from orders.webhooks import endpoints
from services.providers.dialect import ReportState
from tests.databases import TestDatabase
from tests.factories import order
from tests.orders.ending.claiming import UNDER_WAY, gone
from tests.orders.ending.test_statuses import put, wanted
from tests.orders.following.reports import report
from tests.orders.followups.acts import ask
from tests.orders.plans.planning import accept, drip_feed, reread, run_to
from tests.orders.webhooks.receiving import committed, endpoint, told

STATUS, REFUNDED = WebhookType.ORDER_STATUS.value, WebhookType.ORDER_REFUNDED.value
PROGRESS = WebhookType.ORDER_PROGRESS.value


@pytest.fixture
def listening(alice: User) -> None:
    endpoint(alice)


def walked(placed: Order, *path: Status) -> Order:
    for status in path:
        lifecycle.advance(order=placed, to=status, at=timezone.now())
    return placed


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_placing_and_sending_an_order_tells_nothing(alice: User) -> None:
    walked(order(alice), Status.SUBMITTING, Status.UNCERTAIN, Status.PENDING)
    assert committed() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_a_message_tells_what_the_api_tells(alice: User, now: datetime) -> None:
    placed = accept(order(alice))
    reporting.apply_report(order_id=placed.pk, report=report("partial", 400), at=now)
    said = {one["type"]: one["data"] for one in committed()}[REFUNDED]
    placed.refresh_from_db()
    api = order_reports([placed])[placed.pk]
    assert said.items() >= api.items()
    assert (said["order"], said["service"]) == (placed.pk, placed.service_id)
    assert (said["refunded"], said["amount"], said["parent"]) == ("0.4", "0.4", None)
    assert said["status"] == "Partial"


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_reports_of_a_batch_are_told_with_the_counts_that_came_with_them(
    alice: User, now: datetime
) -> None:
    orders = [accept(order(alice)) for _ in range(3)]
    first = report("in_progress", 700, start_count=50)
    reporting.apply_reports(reports={one.pk: first for one in orders}, at=now)
    said = [one["data"] for one in committed() if one["type"] == STATUS]
    assert {one["order"] for one in said} == {one.pk for one in orders}
    assert {(one["status"], one["remains"], one["start_count"]) for one in said} == {
        ("In progress", "700", "50")
    }
    assert told(committed()).count((PROGRESS, "In progress")) == 3


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_a_customers_cancel_is_told(alice: User) -> None:
    placed = order(alice)
    assert ask(placed, FollowUp.Kind.CANCEL).is_canceled
    assert told(committed()) == [(STATUS, "Canceled"), (REFUNDED, "Canceled")]


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_what_staff_do_is_told(alice: User, olga: User) -> None:
    placed = gone(alice, *UNDER_WAY)
    WebhookMessage.objects.all().delete()
    put(placed, olga, wanted(placed, Status.PARTIAL, remains=300))
    assert (REFUNDED, "Partial") in told(committed())
    assert (STATUS, "Partial") in told(committed())


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_a_drip_feed_and_each_of_its_runs_are_told(alice: User) -> None:
    parent = drip_feed(alice, runs=2, interval=1)
    run_to(parent, ReportState.PARTIAL, remains=40)
    said = [one["data"] for one in committed() if one["type"] != PROGRESS]
    assert {(one["order"], one["parent"]) for one in said} == {
        (parent.pk, None),
        (parent.children.get().pk, parent.pk),
    }
    refunds = [one["data"] for one in committed() if one["type"] == REFUNDED]
    assert [(one["order"], one["amount"]) for one in refunds] == [(parent.pk, "0.04")]
    assert reread(parent).refunded_micros == 40_000


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_answers_to_requests_are_told_by_their_numbers(alice: User, now: datetime) -> None:
    placed = gone(alice, *UNDER_WAY, Status.COMPLETED)
    request = FollowUp.objects.create(
        order=placed, kind="refill", asked_by=alice, asked_at=now, due_at=now
    )
    tell(follow_up=request, order=placed, at=now)
    request.state = FollowUp.State.SENT
    tell(follow_up=request, order=placed, at=now)
    end = End.REFILLED
    close(follow_up=request, order=placed, to=FollowUp.State.DONE, end=end, at=now)
    said = [one["data"] for one in committed() if one["type"] == WebhookType.REFILL_STATUS]
    assert [(one["refill"], one["order"], one["status"]) for one in said] == [
        (request.pk, placed.pk, "In progress"),
        (request.pk, placed.pk, "Completed"),
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_what_the_panel_asks_by_itself_is_not_told(alice: User, now: datetime) -> None:
    placed = gone(alice, *UNDER_WAY)
    request = FollowUp.objects.create(order=placed, kind="cancel", asked_at=now, due_at=now)
    end = End.NO_ANSWER
    close(follow_up=request, order=placed, to=FollowUp.State.EXPIRED, end=end, at=now)
    assert WebhookType.CANCEL_STATUS not in {one["type"] for one in committed()}


@pytest.mark.django_db
def test_only_its_owners_live_endpoints_that_asked_for_it_hear(
    alice: User, bob: User, now: datetime
) -> None:
    chosen, _secret = endpoint(alice, types=[STATUS])
    paused, _secret = endpoint(alice)
    endpoints.pause(endpoint=paused, at=now)
    endpoint(bob)
    placed = order(alice)
    lifecycle.cancel_in_full(order=placed, at=now)
    committed()
    (message,) = WebhookMessage.objects.all()
    assert (message.endpoint, message.type) == (chosen, STATUS)


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_a_line_that_plain_sql_writes_is_told_as_well(alice: User) -> None:
    placed = order(alice)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET status = 'processing' WHERE id = %s", [placed.pk])
        cursor.execute(
            "INSERT INTO orders_orderevent (order_id, kind, detail, at) VALUES"
            """ (%s, 'status', '{"from": "pending", "to": "processing"}', now())""",
            [placed.pk],
        )
    assert told(committed()) == [(STATUS, "Processing")]


def test_a_message_is_committed_with_its_cause_or_not_at_all(
    fresh_db: TestDatabase, alice: User, now: datetime
) -> None:
    endpoint(alice)
    placed = order(alice)
    with transaction.atomic():
        lifecycle.cancel_in_full(order=placed, at=now)
        transaction.set_rollback(True)  # the worker died
    assert not WebhookMessage.objects.exists()
    with transaction.atomic():
        lifecycle.cancel_in_full(order=Order.objects.get(pk=placed.pk), at=now)
    numbers = list(WebhookMessage.objects.order_by("pk").values_list("sequence", flat=True))
    events = placed.events.filter(kind__in=["status", "refunded"]).order_by("pk")
    assert numbers == list(events.values_list("pk", flat=True))


@pytest.mark.django_db
@pytest.mark.usefixtures("listening")
def test_without_the_trigger_nothing_is_told(alice: User, now: datetime) -> None:
    """The twin: every one of these tests depends on it."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_orderevent DISABLE TRIGGER orders_orderevent_emit")
    lifecycle.cancel_in_full(order=order(alice), at=now)
    assert committed() == []
