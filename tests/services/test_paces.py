"""What customers read about how fast a service was: estimates, and nothing from too few orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from services import paces
from services.models import Pace, Service
from services.types import ServiceType
from tests.factories import service
from tests.orders.pages import text_of

LIST = reverse("services:service_list")


def pace(sold: Service, now: datetime, **fields: Any) -> Pace:
    facts = {
        "orders": 10,
        "start_minutes_low": 5,
        "start_minutes_high": 20,
        "minutes_per_1000_low": 25,
        "minutes_per_1000_high": 70,
        "ended": 50,
        "completed": 48,
    }
    return Pace.objects.create(service=sold, measured_at=now, **facts | fields)


@pytest.fixture
def sold(db: None) -> Service:
    return service(average_minutes=45)


SPANS = [
    (5, 20, "5–20 minutes"),
    (0, 0, "1 minute"),
    (0, 3, "1–3 minutes"),
    (30, 30, "30 minutes"),
    (30, 89, "30–89 minutes"),
    (30, 90, "1–2 hours"),
    (60, 600, "1–10 hours"),
    (175, 185, "3 hours"),
    (60, 36 * 60, "1–2 days"),
    (4000, 9000, "3–6 days"),
]


@pytest.mark.parametrize(("low", "high", "words"), SPANS)
def test_a_span_is_said_in_one_unit(low: int, high: int, words: str) -> None:
    assert paces.span_words(low, high) == words


@pytest.mark.parametrize("page", ["list", "detail", "picker"])
def test_everybody_reads_how_fast_a_service_was_and_that_it_is_an_estimate(
    client: Client, alice: User, terms: None, sold: Service, now: datetime, page: str
) -> None:
    pace(sold, now)
    addresses = {
        "list": LIST,
        "detail": reverse("services:service_detail", args=[sold.pk]),
        "picker": f"{reverse('orders:order_new')}?service={sold.pk}",
    }
    client.force_login(alice)
    words = text_of(client.get(addresses[page]))
    assert "usually starts in 5–20 minutes" in words
    assert "1,000 take 25–70 minutes (last 10 orders)" in words
    assert "estimate" in words
    assert "45 minutes" not in words


def test_the_page_of_a_service_says_how_many_orders_were_completed(
    client: Client, sold: Service, now: datetime
) -> None:
    pace(sold, now)
    words = text_of(client.get(reverse("services:service_detail", args=[sold.pk])))
    assert "96 % of the last 50 were completed" in words


def test_two_orders_say_nothing_about_a_service(
    client: Client, sold: Service, now: datetime
) -> None:
    pace(sold, now, orders=2)
    words = text_of(client.get(reverse("services:service_detail", args=[sold.pk])))
    assert "usually starts" not in words
    assert "about 45 minutes" in words


def test_a_package_is_measured_as_a_whole(client: Client, db: None, now: datetime) -> None:
    whole = service(type=ServiceType.PACKAGE, min_quantity=1, max_quantity=1)
    pace(whole, now)
    words = text_of(client.get(reverse("services:service_detail", args=[whole.pk])))
    assert "an order takes 25–70 minutes (last 10 orders)" in words


def test_the_list_reads_all_paces_along(client: Client, db: None, now: datetime) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(LIST)
        return len(taken)

    pace(service(), now)
    few = statements()
    for _number in range(5):
        pace(service(), now)
    assert statements() == few
