"""Lists of programs cost what they show, however much is behind them (orders.history)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import parts
from accounts.models import User
from accounts.rest.paging import cursor_at
from bench.plans import most_rows_of
from orders import history
from orders.models import FollowUp, Order, Status
from orders.rest.shops import ORDERS
from services.models import Service
from tests.adminapi.program import Program
from tests.factories import order, service
from tests.orders.pages import RUNNING, walk
from tests.rest.caller import Caller, caller

LINK = "https://example.com/p/one"
# Orders of one, and of so many others together.
MANY, OTHERS = 3_000, 50
# What is looked through for what no index tells, and what any query may look at.
LOOKED, MOST = 100, 350


@pytest.fixture
def shop(terms: None) -> Service:
    return service()


@pytest.fixture
def parted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LOOKED_THROUGH", 2)


def read_on(script: Caller, **asked: Any) -> Iterator[list[int]]:
    """The numbers of each page, up to the last."""
    page = script.get("/orders", **asked).json()
    yield [one["id"] for one in page["data"]]
    while cursor := page["next_cursor"]:
        page = script.get("/orders", **asked, cursor=cursor).json()
        yield [one["id"] for one in page["data"]]


def go_on(program: Program, way: str, **asked: Any) -> Iterator[list[int]]:
    """The same with the Admin API; `way` is after or before."""
    page = program.get("orders", **asked)
    yield [one["id"] for one in page["list"]]
    while page["next"] is not None:
        page = program.get("orders", **asked, **{way: page["next"]})
        yield [one["id"] for one in page["list"]]


class TestPartByPart:
    def test_a_service_is_looked_for_in_so_many_orders_at_a_time(
        self, alice: User, shop: Service, parted: None
    ) -> None:
        wanted = [order(alice, service=shop).pk, order(alice, service=shop).pk]
        for _ in range(3):
            order(alice)
        found = list(read_on(caller(alice), service=str(shop.pk), limit="5"))
        assert found == [[], [wanted[1]], [wanted[0]]]

    @pytest.mark.parametrize(("sort", "way"), [("date-desc", "before"), ("date-asc", "after")])
    def test_staff_read_on_in_both_directions(
        self, alice: User, olga: User, shop: Service, parted: None, sort: str, way: str
    ) -> None:
        for one in (None, shop, None, None, shop):
            last = order(alice, service=one or service())
        ours = Order.objects.filter(service=shop)
        wanted = list(ours.order_by("pk").values_list("pk", flat=True))
        found = list(go_on(Program(olga), way, sort=sort, service_ids=shop.pk))
        assert wanted[-1] == last.pk
        assert list(chain.from_iterable(found)) == sorted(wanted, reverse=way == "before")
        assert len(found) == 3

    def test_a_link_is_found_wherever_it_is_unless_too_many_are_for_it(
        self, alice: User, shop: Service, parted: None
    ) -> None:
        old = walk(order(alice, link=LINK), *RUNNING, Status.COMPLETED)
        for _ in range(3):
            order(alice)
        mine = Order.objects.history_of(alice.pk)
        [found] = read_on(caller(alice), link="http://EXAMPLE.com/p/one/")
        assert found == [old.pk]
        newest = [order(alice, link=LINK) for _ in range(2)][-1]
        rows, sieve = history.on_link(mine, old.link_key)
        assert (rows, bool(sieve)) == (mine, True)
        assert next(read_on(caller(alice), link=LINK, limit="1")) == [newest.pk]


class TestDays:
    def test_they_bound_a_list_whatever_the_numbers(
        self, alice: User, bob: User, olga: User
    ) -> None:
        noon = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
        late, early = (order(alice, at=noon + timedelta(minutes=each)).pk for each in (20, -20))
        theirs = order(bob, at=noon + timedelta(hours=3)).pk
        asked = {"since": noon.isoformat(), "until": (noon + timedelta(days=1)).isoformat()}
        assert list(read_on(caller(alice), **asked)) == [[late]]
        assert list(read_on(caller(alice), until=noon.isoformat())) == [[early]]
        second = int(noon.timestamp())
        bounds = {"created_from": second, "created_to": second + 3 * 3600}
        assert list(go_on(Program(olga), "before", **bounds)) == [[theirs, late]]
        assert list(go_on(Program(olga), "before", **bounds, user=alice.pk)) == [[late]]

    @pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    def test_the_ends_of_time_are_days_like_others(self, alice: User, moment: str) -> None:
        placed = order(alice).pk
        found = [*read_on(caller(alice), since=moment), *read_on(caller(alice), until=moment)]
        assert sorted(found) == [[], [placed]]


@pytest.fixture
def crowded(alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch) -> Order:
    """Half of all orders are Alice's, an hour after each other, and what followed are those of
    many; returned is one in the middle of hers."""
    people = User.objects.bulk_create(
        User(email=f"customer{n}@example.com", password="!") for n in range(OTHERS)
    )
    first = order(alice, service=shop)
    _copy(first, customer=f"{alice.pk}", hours_ago=2 * MANY)
    _copy(first, customer=f"{people[0].pk} + n % {OTHERS}", hours_ago=MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order")
    monkeypatch.setattr(parts, "LOOKED_THROUGH", LOOKED)
    return Order.objects.get(pk=first.pk + MANY // 2)


def _copy(one: Order, *, customer: str, hours_ago: int) -> None:
    """The first of MANY orders like it was so long ago."""
    names = [field.column for field in Order._meta.concrete_fields if not field.primary_key]
    picked = {name: f'"{name}"' for name in names}
    picked["created_at"] = f"created_at + (n - {hours_ago}) * interval '1 hour'"
    picked |= {"customer_id": customer, "link_key": "n::text"}
    columns = ", ".join(f'"{name}"' for name in picked)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO orders_order ({columns}) SELECT {', '.join(picked.values())}"
            f" FROM orders_order, generate_series(1, {MANY}) n WHERE id = {one.pk}"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def most_rows(act: Callable[[], object]) -> int:
    """What its greediest query looks at; the act has to send some."""
    with CaptureQueriesContext(connection) as sent:
        act()
    looked_at = [
        most_rows_of(query["sql"])
        for query in sent.captured_queries
        if "orders_order" in query["sql"]
    ]
    assert looked_at
    return max(looked_at)


def test_no_list_of_a_customer_looks_at_more_than_a_part(alice: User, crowded: Order) -> None:
    since, until = crowded.created_at, crowded.created_at + timedelta(days=2)
    days = {"since": since.isoformat(), "until": until.isoformat()}
    cursor, script = cursor_at(crowded.pk, of=ORDERS), caller(alice)
    asked: list[dict[str, Any]] = [
        {},
        {"cursor": cursor},
        {"status": "canceled"},
        {"status": "pending", "cursor": cursor},
        {"service": "999999999"},
        {"service": "999999999", "status": "pending", "cursor": cursor},
        {"link": crowded.link},
        {"link": crowded.link, **days},
        {**days, "status": "partial"},
        {"until": days["since"]},
    ]
    for query in asked:
        assert most_rows(partial(script.get, "/orders", **query)) <= MOST, query


def test_no_list_of_staff_looks_at_more_than_a_part(
    alice: User, olga: User, crowded: Order
) -> None:
    program, at = Program(olga), int(crowded.created_at.timestamp())
    hers: dict[str, object] = {"user": alice.pk}
    days = {"created_from": at, "created_to": at + 100_000}
    asked: list[dict[str, object]] = [
        {"sort": "date-asc", "after": crowded.pk},
        {"order_status": "canceled"},
        {"order_status": "uncertain"},
        {"mode": "manual", "sort": "date-asc"},
        {"creation_type": "web", "provider": "nobody"},
        {"link": crowded.link},
        {**days, "order_status": "partial"},
        hers,
        {**hers, "sort": "date-asc", "before": crowded.pk},
        {**hers, "order_status": "canceled"},
        {**hers, "service_ids": "999999999", "sort": "date-asc", "after": crowded.pk},
        {**hers, **days},
    ]
    for query in asked:
        assert most_rows(partial(program.get, "orders", **query)) <= MOST, query


def test_a_planner_that_is_told_whose_they_are_goes_through_those_of_others(
    alice: User, crowded: Order
) -> None:
    mine = Order.objects.visible_to(alice.pk).asked_for().order_by("-pk")
    assert most_rows(lambda: list(mine[:26])) > MOST


def test_requests_are_read_by_an_index_of_the_customers_own(alice: User, crowded: Order) -> None:
    mine = FollowUp.objects.asked_by(alice.pk).filter(kind=FollowUp.Kind.REFILL).order_by("-pk")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    plan = mine[:26].explain()
    assert " using orders_followup_asked" in plan
    assert "Sort" not in plan
