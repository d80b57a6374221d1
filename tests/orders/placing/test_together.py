"""Orders that come at the same moment: who goes with whom, and what each of them hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from threading import Event

import pytest
from django.db import Error, OperationalError, connection, transaction
from django.utils import timezone

from accounts import freezing
from accounts.models import User
from orders.models import OpenCount, Order, OrderEvent
from orders.placing import inserting, together
from orders.placing.together import MOST, Row, Together, place_orders
from orders.refusals import OrderRefused, RefusalCode
from services.models import Service
from tests.databases import TestDatabase
from tests.factories import MICROS, fund, service
from tests.orders.placing.asking import place, under
from tests.races import all_at_once
from tests.waiting import LIMIT_SECONDS, wait_until
from wallet import verification
from wallet.balances import spendable_micros


def row(number: int) -> Row:
    return {"p_customer": number}


class Undone(Exception):
    """As the driver's errors are that the server has answered with."""

    pgcode = "40P01"


@dataclass
class Database:
    """Says which rows came in one call; the first order to come alone waits until it is let go."""

    answer: Callable[[Sequence[Row]], list[int | None]] = lambda rows: [
        int(str(one["p_customer"])) for one in rows
    ]
    calls: list[list[object]] = field(default_factory=list)
    alone: list[object] = field(default_factory=list)
    is_free: Event = field(default_factory=Event)

    def place(self, rows: Sequence[Row]) -> list[int | None]:
        self.calls.append([one["p_customer"] for one in rows])
        return self.answer(rows)

    def place_alone(self, one: Row) -> int:
        self.alone.append(one["p_customer"])
        if len(self.alone) == 1:
            assert self.is_free.wait(LIMIT_SECONDS)
        return int(str(one["p_customer"])) * 10

    def insert(self, door: Together, number: int) -> int:
        return door.insert(row(number), briefly=self.place_alone, alone=self.place_alone)


def crowd(database: Database, number: int) -> list[Future[int]]:
    """The first is at the database while the others come, one behind the other."""
    door = Together(database.place)
    with ThreadPoolExecutor(number) as pool:
        futures = [pool.submit(database.insert, door, 0)]
        wait_until(lambda: bool(database.alone))
        for place_in_line in range(1, number):
            futures.append(pool.submit(database.insert, door, place_in_line))
            wait_until(lambda line=place_in_line: len(door._waiting) == line)  # type: ignore[misc]
        database.is_free.set()
    return futures


class TestACrowd:
    def test_who_comes_alone_goes_alone(self) -> None:
        database = Database()
        database.is_free.set()
        door = Together(database.place)
        answers = [database.insert(door, number) for number in (1, 2)]
        assert (answers, database.calls) == ([10, 20], [])

    def test_who_waits_goes_in_one_call(self) -> None:
        database = Database()
        answers = [one.result() for one in crowd(database, 5)]
        assert database.calls == [[1, 2, 3, 4]]
        assert answers == [0, 1, 2, 3, 4]

    def test_no_call_takes_more_than_its_most(self) -> None:
        database = Database()
        answers = [one.result() for one in crowd(database, MOST + 4)]
        assert [len(call) for call in database.calls] == [MOST, 3]
        assert answers == list(range(MOST + 4))

    def test_who_was_not_taken_along_is_tried_alone(self) -> None:
        database = Database(answer=lambda rows: [1, None, 3])
        assert [one.result() for one in crowd(database, 4)] == [0, 1, 20, 3]
        assert database.alone == [0, 2]

    def test_a_call_that_was_undone_is_made_again_for_each_alone(self) -> None:
        def fall(rows: Sequence[Row]) -> list[int | None]:
            raise OperationalError("deadlock") from Undone()

        database = Database(answer=fall)
        assert [one.result() for one in crowd(database, 4)] == [0, 10, 20, 30]

    @pytest.mark.parametrize("lost", [OperationalError("the connection is lost"), SystemExit()])
    def test_a_call_that_nobody_knows_the_end_of_is_made_by_nobody_again(
        self, lost: BaseException
    ) -> None:
        def vanish(rows: Sequence[Row]) -> list[int | None]:
            raise lost

        database = Database(answer=vanish)
        _first, leader, *others = crowd(database, 4)
        assert isinstance(leader.exception(), type(lost))
        assert all(isinstance(one.exception(), Error) for one in others)
        assert database.alone == [0]

    def test_the_door_is_open_after_every_crowd(self) -> None:
        database = Database(answer=lambda rows: [None] * len(rows))
        crowd(database, 3)
        door = Together(database.place)
        assert database.insert(door, 7) == 70
        assert not door._is_busy


def rows_of(monkeypatch: pytest.MonkeyPatch, *orders: Callable[[], object]) -> list[Row]:
    """What would be inserted for each of these, which therefore is not."""
    rows: list[Row] = []

    def keep(one: Row) -> int:
        rows.append(one)
        raise Keep

    with monkeypatch.context() as patched:
        for way in ("_call_place_order", "_insert_own"):
            patched.setattr(inserting, way, keep)
        for act in orders:
            with pytest.raises(Keep):
                act()
    return rows


class Keep(Exception):
    pass


@pytest.fixture
def shop(terms: None) -> Service:
    return service(rate_micros=2 * MICROS)


def order(user: User, chosen: Service, number: int = 1) -> Callable[[], Order]:
    return lambda: place(user, chosen, link=f"https://example.com/p/{number}", channel="api")


@pytest.mark.django_db
class TestOneCall:
    def test_makes_the_same_orders_as_so_many_calls(
        self, alice: User, bob: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(alice)
        fund(bob)
        rows = rows_of(monkeypatch, order(alice, shop), order(bob, shop), order(alice, shop, 2))
        numbers = place_orders(rows)
        alone = order(alice, shop, 3)()
        orders = list(Order.objects.exclude(pk=alone.pk).order_by("pk"))
        assert [one.pk for one in orders] == numbers
        assert [one.customer_id for one in orders] == [alice.pk, bob.pk, alice.pk]
        for name in (
            "charge_micros",
            "snapshot",
            "parameters",
            "status",
            "offer_id",
            "publication_id",
        ):
            assert all(getattr(one, name) == getattr(alone, name) for one in orders), name
        assert orders[0].not_before == rows[0]["p_not_before"]
        assert OrderEvent.objects.filter(order__in=orders, kind="placed").count() == 3
        assert all(finding.is_ok for finding in verification.verify())

    def test_refuses_one_without_the_others(
        self, alice: User, bob: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(alice, 2 * MICROS)
        acts = [order(alice, shop, number) for number in (1, 2)]
        fund(bob)
        numbers = place_orders(rows_of(monkeypatch, *acts, order(bob, shop), order(bob, shop)))
        assert [number is None for number in numbers] == [False, True, False, True]
        assert spendable_micros(customer_id=alice.pk) == 0
        assert Order.objects.count() == 2

    def test_is_undone_as_a_whole_by_what_it_does_not_know(
        self, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(alice)
        good, bad = rows_of(monkeypatch, order(alice, shop, 1), order(alice, shop, 2))
        with pytest.raises(Error), transaction.atomic():
            place_orders([good, bad | {"p_channel": None}])
        assert not Order.objects.exists()


@contextmanager
def kept(user: User) -> Iterator[None]:
    """Another session has the wallet."""
    is_kept, is_done = Event(), Event()

    def keep() -> None:
        with closing(connection), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT ledger_lock(%s)", [user.pk])
            is_kept.set()
            assert is_done.wait(LIMIT_SECONDS)

    with ThreadPoolExecutor(1) as pool:
        keeper = pool.submit(keep)
        assert is_kept.wait(LIMIT_SECONDS)
        try:
            yield
        finally:
            is_done.set()
            keeper.result()


def test_a_wallet_that_is_kept_holds_nobody_else_up(
    fresh_db: TestDatabase, alice: User, bob: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice)
    fund(bob)
    rows = rows_of(monkeypatch, order(alice, shop), order(bob, shop))
    with kept(alice):
        with pytest.raises(OperationalError, match="lock timeout"):
            place_orders(rows)
        assert inserting._call_place_order(rows[1])
    assert list(Order.objects.values_list("customer_id", flat=True)) == [bob.pk]


def test_who_waits_for_a_kept_wallet_does_not_lead_meanwhile(
    fresh_db: TestDatabase, alice: User, bob: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice)
    fund(bob)
    door = Together(place_orders)
    monkeypatch.setattr(inserting, "_TOGETHER", door)

    def buy_for_alice() -> Order:
        with closing(connection):
            return order(alice, shop)()

    with ThreadPoolExecutor(1) as pool:
        with kept(alice):
            waiting = pool.submit(buy_for_alice)
            wait_until(lambda: door._is_busy)
            assert order(bob, shop)().customer_id == bob.pk
            assert not waiting.done()
        assert waiting.result().customer_id == alice.pk


def dearer(shop: Service, _alice: User) -> None:
    shop.rate_micros = 3 * MICROS
    shop.save()


def freeze(_shop: Service, alice: User) -> None:
    freezing.freeze(user=alice, at=timezone.now())


def wait_until_waited_for() -> None:
    """Until somebody waits for what this connection keeps."""
    waiting = "NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"

    def is_so() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM pg_locks WHERE {waiting}")
            return cursor.fetchone() is not None

    wait_until(is_so)


@pytest.mark.parametrize(("change", "code"), [(dearer, "OR001"), (freeze, "OR006")])
def test_what_changes_while_the_wallet_is_waited_for_is_seen(
    fresh_db: TestDatabase,
    alice: User,
    shop: Service,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Service, User], None],
    code: str,
) -> None:
    fund(alice)
    (one,) = rows_of(monkeypatch, order(alice, shop))
    is_kept = Event()

    def keep() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT ledger_lock(%s)", [alice.pk])
            is_kept.set()
            wait_until_waited_for()
            change(shop, alice)

    def buy() -> None:
        assert is_kept.wait(LIMIT_SECONDS)
        with pytest.raises(Error) as refused:
            inserting._call_place_order(one)
        assert getattr(refused.value.__cause__, "pgcode", None) == code

    all_at_once(keep, buy)
    assert not Order.objects.exists()


def test_a_crowd_of_customers_is_served_together_and_the_books_agree(
    fresh_db: TestDatabase, alice: User, bob: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice, 6 * MICROS)
    fund(bob)
    calls: list[int] = []
    door = Together(lambda rows: calls.append(len(rows)) or place_orders(rows))  # type: ignore[func-returns-value]
    monkeypatch.setattr(inserting, "_TOGETHER", door)

    def buy(user: User, number: int) -> Callable[[], RefusalCode | int]:
        def act() -> RefusalCode | int:
            try:
                return order(user, shop, number)().pk
            except OrderRefused as refused:
                return refused.code

        return act

    with door._lock:
        door._is_busy = True  # somebody is at the database until all have come
    acts = [buy(alice, number) for number in range(8)] + [buy(bob, number) for number in range(8)]
    answers = all_at_once(*acts, lambda: _open(door, 16))
    assert calls == [16]
    assert answers.count(RefusalCode.NOT_ENOUGH_FUNDS) == 5
    assert Order.objects.count() == 11
    assert spendable_micros(customer_id=alice.pk) == 0
    assert all(finding.is_ok for finding in verification.verify())


def _open(door: Together, number: int) -> RefusalCode | int:
    wait_until(lambda: len(door._waiting) == number)
    door._hand_over()
    return number


@pytest.mark.django_db
class TestTheBoundOnRunningOrders:
    def test_is_counted_again_only_where_it_reaches_the_cap(
        self, alice: User, shop: Service
    ) -> None:
        fund(alice)
        under(order_open_cap=3)
        first, *_others = [order(alice, shop, number)() for number in range(3)]
        Order.objects.filter(pk=first.pk).update(status="completed", finished_at=timezone.now())
        assert OpenCount.objects.get().at_most == 3
        assert order(alice, shop, 4)().pk
        assert OpenCount.objects.get().at_most == 3

    def test_holds_though_the_cap_was_lifted_meanwhile(self, alice: User, shop: Service) -> None:
        fund(alice)
        under(order_open_cap=2)
        order(alice, shop, 1)()
        under(order_open_cap=None)
        order(alice, shop, 2)()
        order(alice, shop, 3)()
        under(order_open_cap=3)
        with pytest.raises(OrderRefused) as refused:
            order(alice, shop, 4)()
        assert refused.value.code == RefusalCode.TOO_MANY_OPEN


def test_json_goes_in_as_it_is() -> None:
    one: Row = {"p_link": 'a"b', "p_parameters": '{"a": ["ü"]}', "p_snapshot": "{}"}
    assert together._array([one, one]).count('"p_parameters":{"a": ["ü"]}') == 2
