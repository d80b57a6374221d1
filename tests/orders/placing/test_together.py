"""Orders that come at the same moment: who goes with whom, and what each of them hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event

import pytest
from django.db import Error, OperationalError, connection, transaction
from django.utils import timezone

from accounts import freezing, together
from accounts.models import User
from accounts.together import MOST, Together
from orders.models import OpenCount, Order, OrderEvent
from orders.placing import inserting
from orders.placing.inserting import place_orders
from orders.refusals import OrderRefused, RefusalCode
from services.models import Service
from tests.databases import TestDatabase, end_other_sessions
from tests.factories import MICROS, fund, service
from tests.orders.placing.asking import place, under
from tests.races import all_at_once
from tests.waiting import LIMIT_SECONDS, wait_until
from wallet import verification
from wallet.balances import spendable_micros


class Undone(Exception):
    """As the driver's errors are that the server has answered with."""

    pgcode = "40P01"


class OfThePooler(Exception):
    """As PgBouncer answers for a server that it has lost in the middle of a call."""

    pgcode = "08P01"


def lost_behind_a_pooler() -> OperationalError:
    error = OperationalError("server conn crashed?")
    error.__cause__ = OfThePooler()
    return error


Door = Together[int, int]


@dataclass
class Database:
    """Says who came in one call; the first of them comes alone and waits until it is let go."""

    answer: Callable[[Sequence[int]], Sequence[int | None]] = list
    calls: list[list[int]] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)
    is_free: Event = field(default_factory=Event)

    def ask(self, asked: Sequence[int]) -> Sequence[int | None]:
        self.calls.append(list(asked))
        if len(self.calls) > 1:
            return self.answer(asked)
        assert self.is_free.wait(LIMIT_SECONDS)
        return list(asked)

    def ask_alone(self, asked: int) -> int:
        self.alone.append(asked)
        return asked * 10

    def go(self, door: Door, number: int) -> int:
        return door.go(number, alone=self.ask_alone)


def crowd(database: Database, number: int) -> list[Future[int]]:
    """The first is at the database while the others come, one behind the other."""
    door = Door(database.ask)
    with ThreadPoolExecutor(number) as pool:
        futures = [pool.submit(database.go, door, 0)]
        wait_until(lambda: bool(database.calls))
        for place_in_line in range(1, number):
            futures.append(pool.submit(database.go, door, place_in_line))
            wait_until(lambda line=place_in_line: door._waiting.qsize() == line)  # type: ignore[misc]
        database.is_free.set()
    return futures


class TestACrowd:
    def test_who_comes_alone_goes_alone(self) -> None:
        database = Database()
        database.is_free.set()
        door = Door(database.ask)
        answers = [database.go(door, number) for number in (1, 2)]
        assert (answers, database.calls) == ([1, 2], [[1], [2]])

    def test_who_waits_goes_in_one_call(self) -> None:
        database = Database()
        answers = [one.result() for one in crowd(database, 5)]
        assert database.calls == [[0], [1, 2, 3, 4]]
        assert answers == [0, 1, 2, 3, 4]

    def test_no_call_takes_more_than_its_most(self) -> None:
        database = Database()
        answers = [one.result() for one in crowd(database, MOST + 4)]
        assert [len(call) for call in database.calls] == [1, MOST, 3]
        assert answers == list(range(MOST + 4))

    def test_who_was_not_taken_along_is_tried_alone(self) -> None:
        database = Database(answer=lambda asked: [1, None, 3])
        assert [one.result() for one in crowd(database, 4)] == [0, 1, 20, 3]
        assert database.alone == [2]

    def test_a_call_that_was_undone_is_made_again_for_each_alone(self) -> None:
        def fall(asked: Sequence[int]) -> list[int | None]:
            raise OperationalError("deadlock") from Undone()

        database = Database(answer=fall)
        assert [one.result() for one in crowd(database, 4)] == [0, 10, 20, 30]

    @pytest.mark.parametrize(
        "lost",
        [OperationalError("the connection is lost"), lost_behind_a_pooler(), SystemExit()],
    )
    def test_a_call_that_nobody_knows_the_end_of_is_made_by_nobody_again(
        self, lost: BaseException
    ) -> None:
        def vanish(asked: Sequence[int]) -> list[int | None]:
            raise lost

        database = Database(answer=vanish)
        _first, *others = crowd(database, 4)
        assert all(isinstance(one.exception(), Error) for one in others)
        assert not database.alone

    @pytest.mark.parametrize("raised", [SystemExit(), MemoryError(), Error("of the driver")])
    def test_the_clerk_goes_on_whatever_is_raised(self, raised: BaseException) -> None:
        calls = []

        def fall_once(asked: Sequence[int]) -> list[int]:
            calls.append(list(asked))
            if len(calls) == 1:
                raise raised
            return list(asked)

        door = Door(fall_once)
        with pytest.raises(Error):
            door.go(1, alone=int)
        assert (door.go(2, alone=int), calls) == (2, [[1], [2]])

    def test_the_door_is_open_after_every_crowd(self) -> None:
        database = Database(answer=lambda asked: [None] * len(asked))
        door = Door(database.ask)
        database.is_free.set()
        assert [database.go(door, number) for number in (7, 8, 9)] == [7, 80, 90]


def rows_of(monkeypatch: pytest.MonkeyPatch, *orders: Callable[[], object]) -> list[str]:
    """What would be inserted for each of these, which therefore is not."""
    rows: list[str] = []

    def keep(one: str) -> int:
        rows.append(one)
        raise Keep

    with monkeypatch.context() as patched:
        patched.setattr(inserting, "_insert_alone", keep)
        patched.setattr(inserting._TOGETHER, "go", lambda one, alone: keep(one))
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
        assert orders[0].not_before == orders[0].created_at
        assert OrderEvent.objects.filter(order__in=orders, kind="placed").count() == 3
        assert all(finding.is_ok for finding in verification.verify())

    def test_refuses_one_without_the_others(
        self, alice: User, bob: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(alice, 2 * MICROS)
        acts = [order(alice, shop, number) for number in (1, 2)]
        fund(bob)
        numbers = place_orders(rows_of(monkeypatch, *acts, order(bob, shop), order(bob, shop)))
        assert numbers[1::2] == ["LG003", "OR007"]
        assert spendable_micros(customer_id=alice.pk) == 0
        assert Order.objects.count() == 2

    def test_is_undone_as_a_whole_by_what_it_does_not_know(
        self, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(alice)
        good, bad = rows_of(monkeypatch, order(alice, shop, 1), order(alice, shop, 2))
        with pytest.raises(Error), transaction.atomic():
            place_orders([good, bad.replace('"p_channel": "api"', '"p_channel": null')])
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
            place_orders(rows, patience="100ms")
        assert place_orders(rows[1:])
    assert list(Order.objects.values_list("customer_id", flat=True)) == [bob.pk]


def counted_calls(monkeypatch: pytest.MonkeyPatch, may_begin: Event | None = None) -> list[int]:
    """How many orders go to the database in each shared call; the first waits until it may."""
    calls: list[int] = []

    def counted(rows: Sequence[str]) -> Sequence[int | str | None]:
        calls.append(len(rows))
        assert may_begin is None or may_begin.wait(LIMIT_SECONDS)
        return inserting._place_together(rows)

    door: Together[str, int | str] = Together(counted)
    monkeypatch.setattr(inserting, "_TOGETHER", door)
    return calls


def test_who_waits_for_a_kept_wallet_waits_behind_nobody(
    fresh_db: TestDatabase, alice: User, bob: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice)
    fund(bob)
    calls = counted_calls(monkeypatch)

    def buy_for_alice() -> Order:
        with closing(connection):
            return order(alice, shop)()

    with ThreadPoolExecutor(1) as pool:
        with kept(alice):
            waiting = pool.submit(buy_for_alice)
            wait_until(lambda: calls == [1])
            assert order(bob, shop)().customer_id == bob.pk
            assert not waiting.done()
        assert waiting.result().customer_id == alice.pk


def test_nothing_is_begun_on_a_connection_that_is_gone(
    fresh_db: TestDatabase, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice)
    monkeypatch.setattr(together, "_TRUSTED_SECONDS", 0)
    order(alice, shop, 1)()
    end_other_sessions()
    assert order(alice, shop, 2)().pk


def test_a_connection_that_is_lost_at_work_is_replaced_for_whoever_comes_next(
    fresh_db: TestDatabase, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice)
    monkeypatch.setattr(together, "_TRUSTED_SECONDS", LIMIT_SECONDS)
    order(alice, shop, 1)()
    end_other_sessions()
    with pytest.raises(Error):
        order(alice, shop, 2)()
    assert order(alice, shop, 2)().pk
    assert Order.objects.count() == 2


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
        assert place_orders([one]) == [code]

    all_at_once(keep, buy)
    assert not Order.objects.exists()


def test_a_crowd_of_customers_is_served_together_and_the_books_agree(
    fresh_db: TestDatabase, alice: User, bob: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund(alice, 6 * MICROS)
    fund(bob)
    is_free = Event()
    calls = counted_calls(monkeypatch, is_free)
    door = inserting._TOGETHER

    def buy(user: User, number: int) -> Callable[[], RefusalCode | int]:
        def act() -> RefusalCode | int:
            try:
                return order(user, shop, number)().pk
            except OrderRefused as refused:
                return refused.code

        return act

    def let_all_come() -> int:
        wait_until(lambda: door._waiting.qsize() == 16)
        is_free.set()
        return 0

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(buy(bob, 99))
        wait_until(lambda: calls == [1])
        acts = [buy(user, number) for user in (alice, bob) for number in range(8)]
        answers = all_at_once(*acts, let_all_come)
        assert isinstance(first.result(), int)
    assert calls[:2] == [1, 16]
    assert answers.count(RefusalCode.NOT_ENOUGH_FUNDS) == 5
    assert Order.objects.count() == 12
    assert spendable_micros(customer_id=alice.pk) == 0
    assert all(finding.is_ok for finding in verification.verify())


@pytest.mark.django_db
class TestOfManyInOneCall:
    """What `place_orders` says of each, and what a lone call says of those that it refused."""

    def test_a_large_order_takes_nothing_from_a_small_one(
        self, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(alice, 3 * MICROS)
        dear = partial(place, alice, shop, quantity=5000, link="https://example.com/dear")
        rows = rows_of(monkeypatch, order(alice, shop, 1), dear, order(alice, shop, 2))
        small = partial(place, alice, shop, quantity=500, link="https://example.com/small")
        with_room = rows_of(monkeypatch, small)
        first, *refused = place_orders([*rows, *with_room])
        assert isinstance(first, int)
        assert refused == ["LG003", "LG003", "LG003"]
        alone = [place_orders([row])[0] for row in (*rows[1:], *with_room)]
        assert alone[:2] == ["LG003", "LG003"]
        assert isinstance(alone[2], int)

    def test_the_cap_is_reached_in_the_middle(
        self, alice: User, bob: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(alice)
        fund(bob)
        under(order_open_cap=2)
        acts = [order(alice, shop, number) for number in range(4)]
        said = place_orders(rows_of(monkeypatch, *acts, order(bob, shop)))
        assert [isinstance(one, int) for one in said] == [True, True, False, False, True]
        assert said[2:4] == ["OR004", "OR004"]
        assert dict(OpenCount.objects.values_list("customer", "at_most")) == {
            alice.pk: 2,
            bob.pk: 1,
        }

    def test_the_same_key_comes_twice(
        self, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(alice, 2 * MICROS)
        once = partial(place, alice, shop, channel="api", idempotency_key="mine")
        (row,) = rows_of(monkeypatch, once)
        number, again = place_orders([row, row])
        assert isinstance(number, int)
        assert again == "LG003"
        # Alone it hears of the order that it made, though the money is gone.
        assert place_orders([row]) == ["OR007"]
        assert once().pk == number


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
