"""Whose call it is, what a key may do, how often, and that nobody else ever reads it."""

from __future__ import annotations

import json
import logging

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.debug import ExceptionReporter
from pytest_django import Settings

from accounts import api_keys, standing, switches
from accounts.models import ApiKey, KillSwitch, User
from orders.api import v2
from orders.models import Order
from services.models import Service
from tests.cast import PASSWORD
from tests.factories import MICROS, order
from tests.orders.api.program import TRANSPORTS, URL, Fields, Program, Transport
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db

INVALID = {"error": "Invalid API key", "code": "invalid_api_key"}


class TestAKey:
    @pytest.mark.parametrize("name", ["key", "api_key", "apikey", "token", "api"])
    def test_is_known_by_every_name_of_the_trade(
        self, script: Program, transport: Transport, name: str
    ) -> None:
        answer = transport(script.client, {name: script.key, "action": "balance"})
        assert answer.json()["balance"] == "100"

    @pytest.mark.parametrize(
        ("header", "value"),
        [
            ("X-Api-Key", "{}"),
            ("Authorization", "Bearer {}"),
            ("Authorization", "bearer  {}"),
        ],
    )
    def test_may_come_in_a_header(self, script: Program, header: str, value: str) -> None:
        headers = {header: value.format(script.key)}
        for send in (script.client.get, script.client.post):
            answer = send(URL, {"action": "balance"}, headers=headers)
            assert answer.json()["balance"] == "100"

    def test_is_not_looked_for_in_another_kind_of_authorization(self, script: Program) -> None:
        headers = {"Authorization": "Basic dXNlcjpwYXNz"}
        fields = {"key": script.key, "action": "balance"}
        assert script.client.post(URL, fields, headers=headers).json()["balance"] == "100"

    def test_must_be_one_key(self, script: Program, stranger: Program) -> None:
        headers = {"X-Api-Key": stranger.key}
        answer = script.client.post(URL, {"key": script.key, "action": "balance"}, headers=headers)
        assert answer.json()["error"] == "Incorrect request"

    @pytest.mark.parametrize("key", ["", "x", "panel_", "panel_" + "x" * 32, "panel_" + "x" * 9999])
    def test_that_nobody_has_opens_nothing(
        self, transport: Transport, terms: None, key: str
    ) -> None:
        answer = transport(Client(), {"key": key, "action": "services"})
        assert (answer.status_code, answer.json()) == (200, INVALID)

    def test_ends_with_its_revocation_and_with_its_owners_standing(
        self, script: Program, reader: Program, alice: User, olga: User
    ) -> None:
        api_keys.revoke(key=ApiKey.objects.get(scope="read"), at=timezone.now())
        assert reader.ask(action="balance") == INVALID
        suspended = User.Standing.SUSPENDED
        standing.change_standing(
            user=alice, standing=suspended, reason="test", actor=olga, at=timezone.now()
        )
        assert script.ask(action="balance") == INVALID

    def test_opens_from_the_addresses_of_its_owner_alone(
        self, script: Program, shop: Service
    ) -> None:
        ApiKey.objects.update(allowed_networks=["203.0.113.0/24"])
        assert script.add(shop)["code"] == "address_refused"
        ApiKey.objects.update(allowed_networks=["127.0.0.1/32"])
        assert "order" in script.add(shop)

    def test_that_another_has_uses_up_no_call_of_its_account(
        self, script: Program, shop: Service, settings: Settings
    ) -> None:
        settings.API_RATE_PER_MINUTE = 2
        ApiKey.objects.update(allowed_networks=["203.0.113.0/24"])
        for _call in range(5):
            script.ask(action="balance")
        ApiKey.objects.update(allowed_networks=[])
        assert "balance" in script.ask(action="balance")

    def test_that_may_only_read_orders_nothing(self, reader: Program, shop: Service) -> None:
        assert reader.add(shop)["code"] == "scope_missing"
        assert reader.ask(action="ADD")["code"] == "scope_missing"
        assert len(reader.ask(action="services")) == 1
        assert not Order.objects.exists()

    def test_is_needed_by_somebody_who_is_logged_in_too(self, alice: User, shop: Service) -> None:
        browser = Client(enforce_csrf_checks=True)
        assert browser.login(username=alice.email, password=PASSWORD)
        fields = {"action": "add", "service": shop.pk, "link": "https://a.com", "quantity": 100}
        assert browser.post(URL, fields).json() == INVALID
        assert browser.get(URL, {"action": "balance"}).json() == INVALID


class TestAnotherCustomersOrders:
    def test_are_as_unknown_as_orders_that_do_not_exist(
        self, script: Program, stranger: Program, alice: User
    ) -> None:
        secret = order(alice, link="https://example.com/secret")
        asked = stranger.send(action="status", order=secret.pk)
        nothing = stranger.send(action="status", order=999_999)
        assert asked.content == nothing.content
        assert script.ask(action="status", order=secret.pk)["currency"] == "USD"

    def test_are_errors_among_ones_own(self, stranger: Program, alice: User, bob: User) -> None:
        mine, theirs = order(bob), order(alice)
        reports = stranger.ask(action="status", orders=f"{theirs.pk},{mine.pk}")
        assert reports[str(theirs.pk)] == {"error": "Incorrect order ID"}
        assert reports[str(mine.pk)]["currency"] == "USD"

    def test_are_not_replayed_by_their_request_id(
        self, script: Program, stranger: Program, shop: Service
    ) -> None:
        first = script.add(shop, request_id="same")
        second = stranger.add(shop, request_id="same")
        assert first != second
        assert Order.objects.get(pk=second["order"]).customer.email == "bob@example.com"

    @pytest.mark.parametrize("name", ["user", "user_id", "customer", "customer_id", "is_staff"])
    def test_cannot_be_placed_for_them(
        self, stranger: Program, alice: User, shop: Service, name: str
    ) -> None:
        stranger.add(shop, **{name: alice.pk})
        assert Order.objects.get().customer_id != alice.pk

    @pytest.mark.parametrize("name", ["charge", "charge_micros", "rate", "price", "discount"])
    def test_and_prices_are_not_up_to_the_caller(
        self, script: Program, alice: User, shop: Service, name: str
    ) -> None:
        script.add(shop, **{name: "0"})
        assert spendable_micros(customer_id=alice.pk) == 98 * MICROS


class TestTooManyCalls:
    def test_are_told_when_to_come_back(self, script: Program, settings: Settings) -> None:
        settings.API_RATE_PER_MINUTE = 3
        for _ in range(3):
            script.ask(action="balance")
        answer = script.send(action="balance")
        assert (answer.status_code, answer.json()["error"]) == (429, "Too many requests")
        assert 1 <= int(answer["Retry-After"]) <= 60

    def test_are_counted_for_the_account_and_not_for_each_key(
        self, script: Program, reader: Program, stranger: Program, settings: Settings
    ) -> None:
        settings.API_RATE_PER_MINUTE = 2
        script.ask(action="balance")
        reader.ask(action="balance")
        assert script.send(action="balance").status_code == 429
        assert reader.send(action="balance").status_code == 429
        assert stranger.send(action="balance").status_code == 200

    def test_are_not_forgotten_for_a_forwarded_address(
        self, script: Program, settings: Settings
    ) -> None:
        settings.API_RATE_PER_MINUTE = 1
        statuses = []
        for number in range(12):
            headers = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-Ip": "198.51.100.9"}
            fields = {"key": f"panel_{number}", "action": "balance"}
            statuses.append(script.client.post(URL, fields, headers=headers).status_code)
        assert statuses == [200] * 5 + [429] * 7

    def test_order_nothing(self, script: Program, shop: Service, settings: Settings) -> None:
        settings.API_RATE_PER_MINUTE = 0
        fields: Fields = {"service": shop.pk, "link": "https://a.com", "quantity": 100}
        assert script.send(action="add", **fields).status_code == 429
        assert not Order.objects.exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_refused(script: Program, method: str) -> None:
    address = f"{URL}?key={script.key}&action=balance"
    answer = script.client.generic(method, address)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert method == "HEAD" or json.loads(answer.content)["error"]


class TestTheSecret:
    def test_is_in_no_log_and_no_answer(
        self,
        script: Program,
        shop: Service,
        transport: Transport,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for action in ("services", "add", "status", "balance", "nonsense", "\x00"):
            answer = script.send(transport, action=action, order="1", orders="", quantity="1")
            assert script.key not in answer.content.decode()
        script.client.put(f"{URL}?key={script.key}")
        assert script.key not in caplog.text + "".join(capfd.readouterr())

    @pytest.mark.parametrize("transport", ["query", "form", "multipart", "json"])
    def test_is_in_no_report_of_a_crash(
        self,
        script: Program,
        transport: str,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        settings: Settings,
    ) -> None:
        def crash(**_: object) -> int:
            raise RuntimeError("no such luck")

        monkeypatch.setattr("orders.api.live.spendable_micros", crash)
        settings.DEBUG_PROPAGATE_EXCEPTIONS = False
        script.client.raise_request_exception = False
        answer = script.send(TRANSPORTS[transport], action="balance")
        assert answer.status_code == 500
        assert "no such luck" in caplog.text
        assert script.key not in caplog.text + answer.content.decode()
        request = next(record.request for record in caplog.records if hasattr(record, "request"))
        assert script.key not in repr(request)

    def test_is_masked_where_a_report_prints_the_request(self, script: Program) -> None:
        fields = {"key": script.key, "action": "balance"}
        for headers in ({}, {"X-Api-Key": script.key}, {"Authorization": f"Bearer {script.key}"}):
            for method in ("get", "post"):
                request = getattr(RequestFactory(), method)(URL, fields, headers=headers)
                assert v2.api_v2(request).status_code == 200
                report = ExceptionReporter(request, None, None, None).get_traceback_text()
                assert script.key not in report


def test_an_api_that_is_switched_off_says_when_to_come_back(
    script: Program, shop: Service, olga: User
) -> None:
    switches.switch_off(part=KillSwitch.Part.API, reason="maintenance", actor=olga)
    cache.clear()  # up to ten seconds a process goes on with what it knew
    answer = script.send(action="balance")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert answer.json()["code"] == "api_paused"
