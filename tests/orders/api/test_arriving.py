"""Programs that order at the same moment: one clerk carries them all, and each hears of his own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts.models import ApiKey, User
from accounts.together import Together
from orders.models import Order
from orders.placing import arriving
from orders.placing.inserting import Decision
from orders.placing.placement import Placed, decide
from services.models import Service
from tests.databases import TestDatabase
from tests.factories import MICROS, fund
from tests.orders.api.program import LINK, URL, Program, program
from tests.orders.placing.test_together import kept
from tests.races import all_at_once
from tests.waiting import LIMIT_SECONDS, wait_until
from wallet import verification

Act = Callable[[], Any]


@dataclass
class Clerk:
    """Notes how many it carries at once; whoever comes first keeps it until it is let go."""

    carried: list[int] = field(default_factory=list)
    is_free: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.together = Together(self.carry)

    def carry(self, coming: Sequence[Any]) -> Sequence[Any]:
        self.carried.append(len(coming))
        assert self.is_free.wait(LIMIT_SECONDS)
        return arriving._carry(coming)

    def serve(self, first: Act, *acts: Act) -> list[Any]:
        """What each heard, the first of whom was carried alone and all the others in one go."""

        def let_all_come() -> None:
            wait_until(lambda: self.together._waiting.qsize() == len(acts))
            self.is_free.set()

        with ThreadPoolExecutor(1) as pool:
            begun = pool.submit(all_at_once, first)
            wait_until(lambda: self.carried == [1])
            *heard, _none = all_at_once(*acts, let_all_come)
            return [*begun.result(), *heard]


@pytest.fixture
def clerk(fresh_db: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    clerk = Clerk()
    monkeypatch.setattr(arriving, "_TOGETHER", clerk.together)
    return clerk


def add(script: Program, chosen: Service, number: int) -> Act:
    sent = {"key": script.key, "action": "add", "service": chosen.pk, "quantity": 1000}
    return lambda: Client().post(URL, {**sent, "link": f"{LINK}/{number}"}).json()


def test_all_of_a_moment_are_carried_at_once_and_each_hears_of_his_own(
    clerk: Clerk, alice: User, bob: User, shop: Service
) -> None:
    fund(alice, 6 * MICROS)
    fund(bob)
    of_alice, of_bob, nobody = program(alice), program(bob), Program("panel_nobody", Client())
    reader = program(bob, ApiKey.Scope.READ)
    acts = [add(of_alice, shop, number) for number in range(5)]
    more = [add(of_bob, shop, 10), add(reader, shop, 11), add(nobody, shop, 12)]
    heard = clerk.serve(add(of_bob, shop, 9), *acts, *more)
    assert clerk.carried[:2] == [1, 8]
    codes = [answer.get("code", "placed") for answer in heard]
    assert sorted(codes[1:6]) == ["not_enough_funds"] * 2 + ["placed"] * 3
    assert [codes[0], *codes[6:]] == ["placed", "placed", "scope_missing", "invalid_api_key"]
    for answer, number in zip(heard, [9, *range(5), 10], strict=False):
        if "order" in answer:
            assert Order.objects.get(pk=answer["order"]).link == f"{LINK}/{number}"
    assert Order.objects.count() == 5
    assert all(finding.is_ok for finding in verification.verify())


def test_what_cannot_be_decided_for_one_is_left_to_his_own_thread(
    clerk: Clerk, script: Program, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def falls_over_the_second(*, request: Any, **told: Any) -> Decision | Placed:
        if request.link.endswith("/2"):
            raise ZeroDivisionError
        return decide(request=request, **told)

    monkeypatch.setattr(arriving, "decide", falls_over_the_second)
    heard = clerk.serve(*[add(script, shop, number) for number in range(4)])
    assert clerk.carried == [1, 3]
    assert sorted(answer["order"] for answer in heard) == list(
        Order.objects.order_by("pk").values_list("pk", flat=True)
    )


def test_a_wallet_that_is_kept_keeps_the_others_for_a_moment_only(
    clerk: Clerk, alice: User, bob: User, shop: Service
) -> None:
    fund(alice)
    fund(bob)
    of_alice, of_bob = program(alice), program(bob)
    placed_of_bob = Event()

    def buy_for_bob() -> Any:
        answer = add(of_bob, shop, 2)()
        placed_of_bob.set()
        return answer

    def serve() -> list[Any]:
        with closing(connection):
            return clerk.serve(add(of_bob, shop, 1), add(of_alice, shop, 3), buy_for_bob)

    with ThreadPoolExecutor(1) as pool:
        with kept(alice):
            serving = pool.submit(serve)
            assert placed_of_bob.wait(LIMIT_SECONDS)
            assert not Order.objects.filter(customer=alice).exists()
        heard = serving.result()
    assert all("order" in answer for answer in heard)
    assert Order.objects.filter(customer=alice).count() == 1


def test_a_lost_connection_is_an_error_of_those_alone_who_ordered(
    clerk: Clerk,
    alice: User,
    bob: User,
    shop: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def lost(decisions: Sequence[Decision]) -> list[int | None]:
        raise OperationalError("the connection is lost")

    def status_of(script: Program) -> Act:
        sent = {"key": script.key, "action": "add", "service": shop.pk, "quantity": 1000}
        client = Client(raise_request_exception=False)
        return lambda: client.post(URL, {**sent, "link": LINK}).status_code

    monkeypatch.setattr(arriving, "insert_many", lost)
    buyer, reader = program(alice), program(bob, ApiKey.Scope.READ)
    with caplog.at_level("INFO", logger="api.calls"):
        assert clerk.serve(*map(status_of, [buyer, buyer, reader])) == [500, 500, 200]
    said = [text for text in caplog.messages if text.startswith("api=v2")]
    assert sum(f"user={alice.pk} action=add status=500" in text for text in said) == 2
    assert not Order.objects.exists()
