"""A call that is sent again gives the same order instead of a second one (API-08)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper
from django.test import Client
from pytest_django import Settings

from orders.models import Order
from services.models import Service
from services.types import ServiceType
from tests.databases import TestDatabase
from tests.factories import service
from tests.orders.api.program import LINK, URL, Fields, Program, Transport
from tests.races import at_once

CALLS = 50


@pytest.mark.django_db
class TestARepeatedCall:
    def test_gives_the_same_answer_and_one_charge(
        self, script: Program, shop: Service, transport: Transport
    ) -> None:
        fields = {"service": shop.pk, "link": LINK, "quantity": 1000, "request_id": "one"}
        answers = [script.send(transport, action="add", **fields).json() for _ in range(3)]
        assert answers == [{"order": Order.objects.get().pk}] * 3
        assert script.ask(action="balance")["balance"] == "98"

    def test_may_name_itself_in_a_header(self, script: Program, shop: Service) -> None:
        fields = {"key": script.key, "action": "add", "service": shop.pk, "link": LINK}
        headers = {"Idempotency-Key": "one"}
        first = script.client.post(URL, fields | {"quantity": 10}, headers=headers)
        again = script.client.post(URL, fields | {"quantity": 10, "request_id": "one"})
        assert first.json() == again.json() == {"order": Order.objects.get().pk}

    @pytest.mark.parametrize("change", [{"quantity": 11}, {"link": "https://example.com/p/2"}])
    def test_of_another_order_is_refused(
        self, script: Program, shop: Service, change: dict[str, object]
    ) -> None:
        assert "order" in script.add(shop, request_id="one", quantity=10)
        answer = script.add(shop, **{"request_id": "one", "quantity": 10} | change)
        assert answer["code"] == "key_reused"
        assert Order.objects.count() == 1

    def test_is_free_to_try_again_after_a_refusal(self, script: Program, shop: Service) -> None:
        assert "error" in script.add(shop, request_id="one", quantity=1)
        assert "order" in script.add(shop, request_id="one", quantity=10)

    def test_goes_on_the_same_when_the_first_order_is_long_finished(
        self, script: Program, shop: Service
    ) -> None:
        placed = script.add(shop, request_id="one")
        Order.objects.update(status="completed")
        Service.objects.filter(pk=shop.pk).update(is_active=False)
        assert script.add(shop, request_id="one") == placed


def together(script: Program, chosen: Service, **fields: str) -> list[dict[str, object]]:
    """The answers to CALLS calls that set out in the same moment."""
    sent = {"key": script.key, "action": "add", "service": chosen.pk, "link": LINK}
    return at_once(CALLS, lambda: Client().post(URL, sent | {"quantity": 10} | fields).json())


def test_fifty_at_once_make_one_order_and_all_hear_of_it(
    fresh_db: TestDatabase, script: Program, shop: Service
) -> None:
    answers = together(script, shop, request_id="one")
    assert answers == [{"order": Order.objects.get().pk}] * CALLS
    assert script.ask(action="balance")["balance"] == "99.98"


def test_fifty_at_once_without_a_name_have_one_winner(
    fresh_db: TestDatabase, script: Program, shop: Service
) -> None:
    answers = together(script, shop)
    placed = Order.objects.get()
    assert answers.count({"order": placed.pk}) == 1
    assert sum(answer.get("code") == "duplicate_link" for answer in answers) == CALLS - 1


def test_a_call_costs_two_round_trips_its_key_included(
    fresh_db: TestDatabase, script: Program, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = service(type=ServiceType.PACKAGE, min_quantity=1)
    comments = service(type=ServiceType.CUSTOM_COMMENTS, min_quantity=1)
    orders: list[Fields] = [
        {"service": shop.pk, "quantity": 10},
        {"service": shop.pk, "quantity": 10, "request_id": "one"},
        {"service": package.pk},
        {"service": comments.pk, "comments": "one\ntwo"},
    ]
    reads: list[Fields] = [{"action": "balance"}, {"action": "status", "orders": "1,2,3"}]
    adds: list[Fields] = [
        {"action": "add", **order, "link": f"{LINK}/{n}"} for n, order in enumerate(orders)
    ]
    for call in adds:
        script.send(**{**call, "request_id": "", "link": f"{LINK}/warms-what-is-kept"})
    statements = in_any_thread(monkeypatch)
    for call in [*adds, *reads]:
        statements.clear()
        script.ask(**call)
        assert len(statements) == 2, statements
        assert "_admit(" in statements[0]


def in_any_thread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are sent from now on, by whichever thread."""
    statements: list[str] = []
    honest = CursorWrapper.execute

    def noted(cursor: CursorWrapper, sql: str, params: Any = None) -> object:
        statements.append(sql)
        return honest(cursor, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", noted)
    return statements


@pytest.mark.django_db
def test_a_rate_limit_does_not_eat_the_answer_to_a_repeat(
    script: Program, shop: Service, settings: Settings
) -> None:
    settings.API_RATE_PER_MINUTE = 1
    placed = script.add(shop, request_id="one")
    fields: Fields = {"service": shop.pk, "link": LINK, "quantity": 1000, "request_id": "one"}
    assert script.send(action="add", **fields).status_code == 429
    settings.API_RATE_PER_MINUTE = 60
    assert script.ask(action="add", **fields) == placed
