"""How many orders of one customer may run at a time (ORD-15), exact when all come at once."""

from __future__ import annotations

import pytest

from accounts.models import User
from orders.models import Order
from orders.refusals import RefusalCode
from services.models import Service
from tests.databases import TestDatabase
from tests.factories import MICROS, fund, service
from tests.orders.placing.asking import place, refusal, under
from tests.orders.test_placement import together
from tests.races import Gate, at_once

CAP = 5


@pytest.fixture
def shop(alice: User) -> Service:
    fund(alice, 100 * MICROS)
    under(order_open_cap=CAP)
    return service()


def order(user: User, chosen: Service, number: int) -> int:
    return place(user, chosen, link=f"https://example.com/p/{number}", channel="api").pk


@pytest.mark.django_db
class TestTheCap:
    def test_refuses_the_next_one_with_a_reason(self, alice: User, shop: Service) -> None:
        for number in range(CAP):
            order(alice, shop, number)
        refused = refusal(alice, shop, link="https://example.com/p/one-too-many")
        assert refused.code == RefusalCode.TOO_MANY_OPEN
        assert "as many running orders" in str(refused.message)

    def test_counts_what_runs_and_nobody_elses(self, alice: User, bob: User, shop: Service) -> None:
        fund(bob)
        first, *_others = [order(alice, shop, number) for number in range(CAP)]
        assert order(bob, shop, 0)
        Order.objects.filter(pk=first).update(status="completed")
        assert order(alice, shop, 99)

    def test_may_be_lifted(self, alice: User, shop: Service) -> None:
        under(order_open_cap=None)
        assert len({order(alice, shop, number) for number in range(CAP + 3)}) == CAP + 3


@pytest.mark.parametrize("facts", [{}, {"is_free": True, "rate_micros": 0}], ids=["paid", "free"])
def test_a_crowd_stops_at_the_cap(
    fresh_db: TestDatabase, alice: User, shop: Service, facts: dict[str, object]
) -> None:
    chosen, numbers = service(**facts), iter(range(50))
    answers = together(50, lambda: order(alice, chosen, next(numbers)))
    assert Order.objects.count() == CAP
    assert answers.count(RefusalCode.TOO_MANY_OPEN) == 50 - CAP


def test_a_crowd_that_is_counted_before_it_orders_does_not(
    fresh_db: TestDatabase, alice: User, shop: Service
) -> None:
    under(order_open_cap=None)
    numbers, count = iter(range(2 * CAP)), Gate(2 * CAP).after(Order.objects.running().count)

    def count_first() -> int | None:
        return order(alice, shop, next(numbers)) if count() < CAP else None

    at_once(2 * CAP, count_first)
    assert Order.objects.count() == 2 * CAP
