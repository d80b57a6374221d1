"""What orders cost, by day, week and month, and by platform."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders.pages.spending import CHART_HEIGHT, PERIODS, read_spending
from tests import factories
from tests.factories import MICROS

# So late that the terms of these tests are in force on every day that is looked at.
AT = datetime(2036, 11, 22, 12, tzinfo=UTC)


def placed(customer: User, *, days_ago: int, quantity: int = 1000) -> None:
    """A thousand cost a dollar."""
    factories.order(customer, quantity=quantity, at=AT - timedelta(days=days_ago))


@pytest.mark.django_db
class TestReading:
    def test_counts_each_order_on_its_day(self, alice: User) -> None:
        placed(alice, days_ago=0)
        placed(alice, days_ago=0, quantity=2000)
        placed(alice, days_ago=29)
        placed(alice, days_ago=30)
        spending = read_spending(customer_id=alice.pk, days=30, at=AT)
        assert [bar.micros for bar in spending.bars if bar.micros] == [MICROS, 3 * MICROS]
        assert spending.total_micros == 4 * MICROS
        assert len(spending.bars) == 30
        assert spending.bars[-1].height == CHART_HEIGHT

    @pytest.mark.parametrize("days", PERIODS)
    def test_the_steps_cover_the_period_and_the_columns_add_up(
        self, alice: User, days: int
    ) -> None:
        for ago in (0, 5, 40, 100, 360):
            placed(alice, days_ago=ago)
        spending = read_spending(customer_id=alice.pk, days=days, at=AT)
        expected = sum(ago < days for ago in (0, 5, 40, 100, 360)) * MICROS
        assert spending.total_micros == sum(spending.totals) == expected
        assert (AT.date() - spending.bars[0].first_on).days >= days - 1

    def test_is_of_that_customer_alone(self, alice: User, bob: User) -> None:
        placed(bob, days_ago=0)
        assert read_spending(customer_id=alice.pk, days=30, at=AT).total_micros == 0

    def test_a_day_is_the_readers(self, alice: User) -> None:
        placed(alice, days_ago=1)
        with timezone.override("Pacific/Kiritimati"):  # 14 hours ahead: 02:00 of the next day
            spending = read_spending(customer_id=alice.pk, days=30, at=AT)
        assert [bar.first_on.day for bar in spending.bars if bar.micros] == [22]


@pytest.mark.django_db
def test_the_page_draws_what_its_table_says(client: Client, alice: User) -> None:
    factories.order(alice)
    client.force_login(alice)
    text = client.get("/orders/spending/?days=90").content.decode()
    _before, start, rest = text.partition('<svg viewBox="0 0 600')
    drawing, end, _after = rest.partition("</svg>")
    bars = ElementTree.fromstring(start + drawing + end).findall("rect")
    assert [float(bar.get("height") or 0) for bar in bars] == [CHART_HEIGHT]
    assert text.count("$1.00") >= 3


@pytest.mark.django_db
def test_an_unknown_period_is_the_usual_one(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert b"in 30 days" in client.get("/orders/spending/?days=-1").content
