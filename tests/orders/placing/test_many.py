"""Many orders in one go: each has its own result, and none stands in another's way."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.together import MOST
from orders.models import Order, Status
from orders.placing.asking import OrderRequest
from orders.placing.many import Outcome, place_many
from orders.placing.placement import Placed
from orders.refusals import OrderRefused, RefusalCode
from services.models import Service
from tests.factories import MICROS, fund, service
from tests.orders.placing.asking import block
from wallet import verification
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice: User, terms: None) -> Service:
    """2.00 per 1000; alice has 10.00."""
    fund(alice, 10 * MICROS)
    return service(rate_micros=2 * MICROS)


def asked(
    shop: Service, number: int, *, quantity: int = 1000, key: str | None = None
) -> OrderRequest:
    return OrderRequest(
        service_id=shop.pk,
        link=f"https://example.com/p/{number}",
        quantity=quantity,
        channel=Order.Channel.API,
        idempotency_key=key,
    )


def place(user: User, *requests: OrderRequest) -> list[Outcome]:
    return place_many(customer_id=user.pk, requests=requests, at=timezone.now())


def words(outcomes: Sequence[Outcome]) -> list[str]:
    return [one.code if isinstance(one, OrderRefused) else "placed" for one in outcomes]


def test_each_has_its_own_result_in_the_order_given(alice: User, shop: Service) -> None:
    outcomes = place(
        alice,
        asked(shop, 1),
        asked(shop, 2, quantity=9),
        asked(shop, 3, quantity=9000),
        asked(shop, 1),
        asked(shop, 4),
    )
    assert words(outcomes) == [
        "placed",
        RefusalCode.BELOW_MINIMUM,
        RefusalCode.NOT_ENOUGH_FUNDS,
        RefusalCode.DUPLICATE_LINK,
        "placed",
    ]
    placed = [one.order_id for one in outcomes if isinstance(one, Placed)]
    links = Order.objects.in_bulk(placed)
    assert [links[number].link[-1] for number in placed] == ["1", "4"]
    assert spendable_micros(customer_id=alice.pk) == 6 * MICROS
    assert all(finding.is_ok for finding in verification.verify())


def test_what_was_placed_before_is_the_same_order_again(alice: User, shop: Service) -> None:
    requests = [asked(shop, number, key=f"k{number}") for number in (1, 2)]
    first = place(alice, *requests)
    again = place(alice, *requests, asked(shop, 3, key="k1"))
    assert [one.order_id for one in again[:2] if isinstance(one, Placed) and one.is_replay] == [
        one.order_id for one in first if isinstance(one, Placed)
    ]
    assert words(again)[2] == RefusalCode.KEY_REUSED
    assert Order.objects.count() == 2


def test_what_names_a_blocked_term_is_held_and_the_rest_goes(alice: User, shop: Service) -> None:
    block("blocked")
    held = OrderRequest(
        service_id=shop.pk,
        link="https://example.com/blocked",
        quantity=1000,
        channel=Order.Channel.API,
    )
    outcomes = place(alice, asked(shop, 1), held, asked(shop, 2))
    assert words(outcomes) == ["placed"] * 3
    numbers = [one.order_id for one in outcomes if isinstance(one, Placed)]
    orders = Order.objects.in_bulk(numbers)
    assert [orders[number].status for number in numbers] == [
        Status.QUEUED,
        Status.HELD,
        Status.QUEUED,
    ]


def test_more_than_one_call_takes_are_placed_in_the_next(alice: User, shop: Service) -> None:
    fund(alice, 200 * MICROS)
    requests = [asked(shop, number) for number in range(MOST + 3)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        outcomes = place(alice, *requests)
    assert words(outcomes) == ["placed"] * (MOST + 3)
    calls = [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]
    assert ["place_orders" in call for call in calls[-2:]] == [True, True]
    # One reads for all, two take; what a process learns but once comes before.
    assert sum("read_orders" in call or "place_orders" in call for call in calls) == 3
