"""Who comes in, and how everything is refused: one cause, one code, in every API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import usage
from accounts.admission import Reason
from accounts.models import ApiCall, ApiKey, User
from accounts.rest.problems import AT_THE_DOOR, OF_ANY_CALL
from orders.api import errors
from orders.models import Order
from orders.refusals import RefusalCode
from orders.rest import problems
from orders.rest.problems import PROBLEMS
from orders.rest.views import BalanceView
from services.models import Service
from tests.factories import MICROS
from tests.rest.caller import ROOT, Caller
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db
FOLLOWING = (
    "UNKNOWN_ORDER",
    "UNKNOWN_REFILL",
    "NOT_REFILLABLE",
    "REFILL_OPEN",
    "NOT_CANCELABLE",
)


def test_one_cause_has_one_code_in_both_apis() -> None:
    """API-04."""
    for code in RefusalCode:
        assert PROBLEMS[code].code == errors.REFUSALS[code].code, code
    for reason in set(Reason) - {Reason.KEY_IN_QUERY}:
        assert AT_THE_DOOR[reason].code == errors.REFUSED_AT_THE_DOOR[reason].code, reason
    for name in FOLLOWING:
        assert getattr(problems, name).code == getattr(errors, name).code, name


def test_a_key_counts_in_a_header_alone(script: Caller, client: Client, alice: User) -> None:
    assert client.get(f"{ROOT}/balance", headers={"X-Api-Key": script.key}).status_code == 200
    client.force_login(alice)
    for answer in (
        client.get(f"{ROOT}/balance"),
        client.get(f"{ROOT}/balance", {"key": script.key}),
        client.post(f"{ROOT}/orders", {"key": script.key}, content_type="application/json"),
        client.get(f"{ROOT}/balance", headers={"Authorization": f"Basic {script.key}"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "no-store" in answer.headers["Cache-Control"]
        assert script.key not in answer.content.decode()


def test_a_key_that_may_read_changes_nothing(reader: Caller, shop: Service) -> None:
    assert reader.get("/orders").status_code == 200
    for address, body in (
        ("/orders", {"service": shop.pk}),
        ("/orders/batch", {"orders": []}),
        ("/orders/1/refill", None),
        ("/orders/1/cancel", None),
        ("/tickets", {"topic": "api", "subject": "a", "text": "b"}),
        ("/tickets/1/messages", {"text": "b"}),
    ):
        assert reader.post(address, body).json()["code"] == "scope_missing", address


def test_whoever_has_to_wait_is_told_how_long(
    script: Caller, alice: User, settings: Settings
) -> None:
    alice.api_suspended_until = timezone.now() + timedelta(hours=1)
    alice.save(update_fields=["api_suspended_until"])
    suspended = script.get("/balance")
    assert (suspended.status_code, suspended.json()["code"]) == (429, "api_suspended")
    assert 3590 < int(suspended.headers["Retry-After"]) <= 3601


@pytest.mark.parametrize(
    ("method", "address", "kind", "accept", "status", "code"),
    [
        ("PUT", "/orders", "application/json", "*/*", 405, "wrong_method"),
        ("OPTIONS", "/orders", "application/json", "*/*", 405, "wrong_method"),
        ("POST", "/openapi.yaml", "application/json", "*/*", 405, "wrong_method"),
        ("POST", "/orders", "text/plain", "*/*", 415, "wrong_media_type"),
        ("POST", "/orders", "application/x-www-form-urlencoded", "*/*", 415, "wrong_media_type"),
        ("GET", "/orders", "application/json", "text/html", 406, "not_acceptable"),
        ("GET", "/ordres", "application/json", "*/*", 404, "not_found"),
        ("GET", "/orders/x", "application/json", "*/*", 404, "not_found"),
        ("PUT", "/", "application/json", "*/*", 404, "not_found"),
        ("POST", "/orders%0A", "application/json", "*/*", 404, "not_found"),
        ("GET", "/orders/" + "9" * 5000, "application/json", "*/*", 404, "not_found"),
        ("GET", "/orders/9223372036854775808", "application/json", "*/*", 404, "unknown_order"),
    ],
)
def test_every_refusal_is_a_problem(
    script: Caller, method: str, address: str, kind: str, accept: str, status: int, code: str
) -> None:
    answer = script.send(method, address, b"{}", kind=kind, Accept=accept)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["type"].endswith(f"/api/docs/v3/#{code}")
    assert answer.has_header("Allow") or status != 405


def test_a_call_is_in_its_owners_list(script: Caller, shop: Service) -> None:
    script.post("/orders", {"service": shop.pk, "link": "https://example.com", "quantity": 1})
    usage.flush()
    call = ApiCall.objects.get()
    assert (call.api, call.action, call.http_status) == ("v3", "place_order", 422)
    assert (call.code, call.key_prefix) == ("below_minimum", ApiKey.objects.get().prefix)


def test_a_call_that_fails_is_a_problem_in_the_log_and_in_the_list(
    script: Caller, alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_self: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(BalanceView, "_balances", fail)
    script.client.raise_request_exception = False
    answer = script.get("/balance")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "canary" not in answer.content.decode()
    usage.flush()
    call = ApiCall.objects.get()
    assert (call.http_status, call.code, call.user_id) == (500, "internal_error", alice.pk)
    (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
    assert f"action=read_balance user={alice.pk} key={call.key_prefix}" in record.getMessage()


def test_no_refused_order_costs_anything(script: Caller, shop: Service, alice: User) -> None:
    Order.objects.all().delete()
    wanted = {"service": shop.pk, "link": "https://example.com/p/1", "quantity": 100}
    for change, code in (
        ({"service": 999}, "unknown_service"),
        ({"link": "javascript:alert(1)"}, "invalid_link"),
        ({"quantity": 10_001}, "above_maximum"),
        ({"expected_charge": "0.19"}, "price_changed"),
        ({"runs": 2, "interval": 5}, "invalid_runs"),
        ({"quantity": None}, "incorrect_request"),
        ({"quantity": 10_000, "balance": 5}, "incorrect_request"),
    ):
        answer = script.post("/orders", wanted | change)
        assert answer.json()["code"] == code, change
    assert not Order.objects.exists()
    assert spendable_micros(customer_id=alice.pk) == 100 * MICROS
    assert {problem.code for problem in OF_ANY_CALL} >= {"scope_missing", "api_suspended"}
