"""What a key's owner chose for it: strict HTTP codes, legacy words, no key in the address, and one
order from two calls that say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, User
from orders.api import errors
from orders.models import Order
from orders.placing import placement
from orders.placing.inserting import Decision
from orders.placing.placement import Placed
from services.models import Service
from tests.databases import TestDatabase
from tests.orders.api.program import LINK, TRANSPORTS, URL, Program
from tests.races import Gate, at_once

WINDOW = 60


def choose(**choices: Any) -> None:
    ApiKey.objects.update(**choices)


@pytest.mark.django_db
class TestStrictCodes:
    @pytest.mark.parametrize(
        ("fields", "status", "code"),
        [
            ({}, 200, None),
            ({"service": 999_999}, 422, "unknown_service"),
            ({"quantity": "many"}, 422, "incorrect_request"),
            ({"quantity": 10_001}, 422, "above_maximum"),
            ({"action": "sell"}, 422, "unknown_action"),
            ({"action": "status", "order": 8_000_001}, 422, "unknown_order"),
        ],
    )
    def test_tell_a_refusal_from_a_success(
        self, script: Program, shop: Service, fields: dict[str, Any], status: int, code: str | None
    ) -> None:
        choose(is_strict=True)
        wanted = {"action": "add", "service": shop.pk, "link": LINK, "quantity": 10}
        answer = script.send(**{**wanted, **fields})
        assert (answer.status_code, answer.json().get("code")) == (status, code)

    def test_tell_what_is_in_the_way_from_what_is_wrong(
        self, script: Program, shop: Service
    ) -> None:
        choose(is_strict=True)
        wanted: dict[str, Any] = {"action": "add", "service": shop.pk, "link": LINK}
        dear = script.send(**wanted, quantity=10_000)
        Service.objects.update(rate_micros=100_000_000)
        poor = script.send(**wanted | {"link": LINK + "2"}, quantity=10_000)
        again = script.send(**wanted, quantity=10)
        assert [one.status_code for one in (dear, poor, again)] == [200, 409, 409]

    def test_hold_at_the_door_too(self, script: Program) -> None:
        choose(is_strict=True, allowed_networks=["203.0.113.7/32"])
        assert script.send(action="balance").status_code == 403
        choose(allowed_networks=[], refuses_query=True)
        assert script.send(TRANSPORTS["query"], action="balance").status_code == 403
        choose(scope=ApiKey.Scope.READ)
        assert script.send(action="cancel", order=1).status_code == 403

    def test_are_those_that_the_protocol_has(self) -> None:
        assert {one.http_status(is_strict=True) for one in errors.explained()} == (
            {400, 401, 403, 405, 409, 413, 422, 429, 503}
        )
        assert errors.INVALID_KEY.strict == 401


@pytest.mark.django_db
class TestLegacyCodes:
    def test_are_the_text_and_leave_the_code(self, script: Program, shop: Service) -> None:
        choose(errors=ApiKey.Errors.LEGACY)
        said = [
            script.add(shop, service=8_000_001),
            script.add(shop, quantity=1),
            script.add(shop, link="nothing"),
            script.add(shop) and script.add(shop),
            script.ask(action="mass", orders='[{"service": 0}]')[0],
            script.ask(action="status", order=8_000_001),
        ]
        assert [(one["error"], one["code"]) for one in said] == [
            ("error.incorrect_service_id", "unknown_service"),
            ("neworder.error.min_quantity", "below_minimum"),
            ("neworder.error.link", "invalid_link"),
            ("neworder.error.link_duplicate", "duplicate_link"),
            ("error.incorrect_service_id", "unknown_service"),
            ("Incorrect order ID", "unknown_order"),
        ]

    def test_hold_for_an_empty_balance(self, script: Program, shop: Service) -> None:
        choose(errors=ApiKey.Errors.LEGACY)
        Service.objects.update(rate_micros=100_000_001)
        assert script.add(shop)["error"] == "neworder.error.not_enough_funds"


@pytest.mark.django_db
def test_a_key_may_be_refused_in_the_address_alone(script: Program) -> None:
    choose(refuses_query=True)
    for name in ("key", "Token"):
        asked = script.client.get(URL, {name: script.key, "action": "balance"})
        assert asked.json()["code"] == "key_in_query"
    mixed = script.client.post(f"{URL}?action=balance&key=", {"key": script.key})
    assert mixed.json()["balance"] == "100"


def remember(user: User) -> None:
    User.objects.filter(pk=user.pk).update(repeat_window_seconds=WINDOW)


def clock(patch: pytest.MonkeyPatch, at: datetime) -> None:
    patch.setattr("orders.api.v2.timezone.now", lambda: at)


@pytest.mark.django_db
class TestAWindowForRepeats:
    @pytest.fixture
    def start(self, alice: User) -> datetime:
        """The last second of a stretch: the next one lies in another."""
        remember(alice)
        now = timezone.now()
        return now - timedelta(seconds=now.timestamp() % WINDOW) + timedelta(seconds=WINDOW - 1)

    @pytest.mark.parametrize(("seconds", "orders"), [(0, 1), (30, 1), (59, 1), (60, 2), (61, 2)])
    def test_gives_the_same_order_within_it(
        self,
        script: Program,
        shop: Service,
        start: datetime,
        monkeypatch: pytest.MonkeyPatch,
        seconds: int,
        orders: int,
    ) -> None:
        clock(monkeypatch, start)
        first = script.add(shop)
        Order.objects.update(status="completed")
        clock(monkeypatch, start + timedelta(seconds=seconds))
        second = script.add(shop)
        assert Order.objects.count() == len({first["order"], second["order"]}) == orders

    def test_knows_another_order_from_it(
        self, script: Program, shop: Service, start: datetime
    ) -> None:
        one, other = script.add(shop), script.add(shop, link=LINK + "2")
        assert one["order"] != other["order"]

    def test_takes_a_call_with_a_name_at_its_word(
        self, script: Program, shop: Service, start: datetime
    ) -> None:
        first = script.add(shop, request_id="one")
        assert script.add(shop, request_id="two")["code"] == "duplicate_link"
        assert script.add(shop, allow_duplicate="1")["code"] == "duplicate_link"
        assert script.add(shop, request_id="one") == first

    def test_is_off_unless_it_is_chosen(self, script: Program, shop: Service) -> None:
        script.add(shop)
        assert script.add(shop)["code"] == "duplicate_link"

    def test_holds_for_the_sandbox(self, script: Program, shop: Service, start: datetime) -> None:
        choose(is_sandbox=True)
        assert script.add(shop) == script.add(shop)


def fifty(script: Program, chosen: Service) -> list[dict[str, Any]]:
    sent = {"key": script.key, "action": "add", "service": chosen.pk, "link": LINK, "quantity": 10}
    return at_once(50, lambda: Client().post(URL, sent).json())


def test_fifty_calls_within_the_window_make_one_order(
    fresh_db: TestDatabase, alice: User, script: Program, shop: Service
) -> None:
    remember(alice)
    assert fifty(script, shop) == [{"order": Order.objects.get().pk}] * 50


def test_without_the_key_in_the_books_two_calls_that_read_first_make_two_orders(
    fresh_db: TestDatabase,
    alice: User,
    script: Program,
    shop: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin: that each looks for an earlier order is no guard, the UNIQUE of the key is."""
    remember(alice)
    monkeypatch.setattr(placement, "decide", Gate(2).after(placement.decide))
    monkeypatch.setattr(placement, "carry_out", without_key(placement.carry_out))
    sent = {"key": script.key, "action": "add", "service": shop.pk, "link": LINK, "quantity": 10}
    answers = at_once(2, lambda: Client().post(URL, sent).json())
    assert Order.objects.count() == len({answer["order"] for answer in answers}) == 2


def without_key(carry_out: Callable[[Decision], Placed]) -> Callable[[Decision], Placed]:
    """Also without the guard of one running order per link, which would hide it."""

    def carry(decision: Decision) -> Placed:
        request = replace(decision.request, idempotency_key=None, recently=None)
        return carry_out(replace(decision, request=request, is_duplicate=True))

    return carry
