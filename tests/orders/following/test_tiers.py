"""A service of a tier is delivered in the hours that the order's own terms name; after them it is
late, and nothing else happens by itself (CAT-11, SLA-02)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from legal.durations import DeliveryWindow
from orders.models import Order
from orders.staff import stuck
from services.models import Service
from tests.factories import service
from tests.orders.following.test_pacing import accepted, pace
from tests.orders.pages import text_of
from tests.orders.placing.asking import under

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOURS = {"standard": 72, "premium": 48}


def late_at(moment: datetime) -> bool:
    """Whether staff have an order in their list of late ones then."""
    lines = stuck.read_queue(name="late", at=moment).lines
    assert [line.order.pk for line in lines] == list(
        Order.objects.late(at=moment).values_list("pk", flat=True)
    )
    return bool(lines)


@pytest.mark.parametrize("tier", HOURS)
def test_an_order_is_late_a_minute_after_its_hours_and_not_a_minute_before(
    alice: User, terms: None, now: datetime, tier: str
) -> None:
    placed = accepted(alice, service(tier=tier), at=now + timedelta(hours=5))
    end = placed.created_at + timedelta(hours=HOURS[tier])
    assert not late_at(end - MINUTE)
    assert late_at(end + MINUTE)
    placed.refresh_from_db()
    assert (placed.refunded_micros, placed.due_micros) == (0, 0)


def test_the_hours_count_and_not_what_the_service_usually_takes(
    alice: User, terms: None, now: datetime
) -> None:
    quick = service(tier="standard", average_minutes=10)
    pace(quick, now)
    placed = accepted(alice, quick, at=now)
    assert placed.expected_by == placed.created_at + timedelta(hours=72)


@pytest.mark.parametrize("tier", ["", "custom", "bulk"])
def test_without_hours_in_the_terms_the_estimate_counts(
    alice: User, terms: None, now: datetime, tier: str
) -> None:
    said = service(tier=tier, average_minutes=60)
    assert accepted(alice, said, at=now).expected_by == now + timedelta(hours=3)


def test_later_terms_do_not_reach_back(alice: User, terms: None, now: datetime) -> None:
    bulk = service(tier="bulk")
    before = accepted(alice, bulk, at=now)
    under(sla_windows=(DeliveryWindow("bulk", 72, 240),))
    other = accepted(alice, service(tier="bulk"), at=now)
    before.refresh_from_db()
    assert before.expected_by is None
    assert other.expected_by == other.created_at + timedelta(hours=240)


def test_customer_and_staff_read_which_hours_they_were(
    client: Client, alice: User, terms: None, now: datetime
) -> None:
    placed = accepted(alice, service(tier="premium"), at=now)
    Service.objects.update(tier="standard")
    client.force_login(alice)
    page = text_of(client.get(placed.get_absolute_url()))
    assert "Delivered 12 to 48 hours after the order (as the terms of this order say)" in page
    Order.objects.update(expected_by=now - MINUTE)
    page = text_of(client.get(placed.get_absolute_url()))
    assert "The order is late: its terms say that it is delivered 12 to 48 hours" in page
    [line] = stuck.read_queue(name="late", at=now).lines
    assert line.why == "Its terms say: delivered 12 to 48 hours after the order"


def test_the_terms_print_the_hours_they_are_kept_by(client: Client, terms: None) -> None:
    page = text_of(client.get("/legal/terms/"))
    assert "premium 12–48 hours, standard 24–72 hours" in page
    assert "Being late alone gives no money back." in page
    glossary = text_of(client.get("/services/glossary/"))
    assert "Delivered 24 to 72 hours after the order, as our terms say" in glossary
