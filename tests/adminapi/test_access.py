"""Who may call what: the key's scope and its owner's permission, at the moment of the call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from accounts import brackets, operator_keys, usage
from accounts.adminapi import lists
from accounts.models import ApiCall, OperatorKey, User
from accounts.standing import change_standing
from orders.models import Order
from tests import factories
from tests.adminapi.program import ROOT, Program, envelope
from tests.cast import PASSWORD
from tests.databases import TestDatabase
from tests.races import at_once

Scope = OperatorKey.Scope

# address: (method, scope, and who of Support, Operator, Finance may call it)
PATHS: dict[str, tuple[str, str, str]] = {
    "adminapi_orders": ("GET", "orders:read", "sof"),
    "adminapi_order": ("GET", "orders:read", "sof"),
    "adminapi_order_link": ("POST", "orders:write", "sof"),
    "adminapi_order_pull": ("POST", "orders:work", "of"),
    "adminapi_order_update": ("POST", "orders:work", "of"),
    "adminapi_order_status": ("POST", "orders:write", "of"),
    "adminapi_order_partial": ("POST", "orders:write", "of"),
    "adminapi_order_cancel": ("POST", "orders:write", "of"),
    "adminapi_order_resend": ("POST", "orders:write", "o"),
    "adminapi_order_stop": ("POST", "orders:write", "so"),
    "adminapi_refill_pull": ("POST", "orders:work", "so"),
    "adminapi_refill_status": ("POST", "orders:work", "so"),
    "adminapi_cancel_pull": ("POST", "orders:work", "so"),
    "adminapi_cancel_reject": ("POST", "orders:work", "so"),
    "adminapi_payments": ("GET", "money:read", "of"),
    "adminapi_payment_add": ("POST", "money:write", "of"),
    "adminapi_users": ("GET", "users:read", "sof"),
    "adminapi_user_add": ("POST", "users:write", "o"),
    "adminapi_tickets": ("GET", "tickets:read", "sof"),
    "adminapi_ticket_messages": ("GET", "tickets:read", "sof"),
    "adminapi_ticket_add": ("POST", "tickets:write", "sf"),
}
NUMBERS = {
    "adminapi_order": 1,
    "adminapi_order_link": 1,
    "adminapi_order_partial": 1,
    "adminapi_ticket_messages": 1,
}


def address(name: str) -> str:
    numbers = [NUMBERS[name]] if name in NUMBERS else []
    return reverse(name, args=numbers).removeprefix(ROOT)


def test_each_role_and_each_scope_reaches_exactly_its_paths(
    sam: User, olga: User, fiona: User, alice: User
) -> None:
    refused = ("scope_missing", "not_permitted")
    for letter, person in (("s", sam), ("o", olga), ("f", fiona)):
        program = Program(person)
        key = OperatorKey.objects.get(user=person)
        for name, (method, scope, may) in PATHS.items():
            OperatorKey.objects.filter(pk=key.pk).update(scopes=[scope])
            code = program.ask(method, address(name))[1]["code"]
            assert (code not in refused) is (letter in may), (name, letter, code)
            others = [other.value for other in Scope if other != scope]
            OperatorKey.objects.filter(pk=key.pk).update(scopes=others)
            assert program.ask(method, address(name))[1]["code"] == "scope_missing", name


def test_every_address_is_in_the_table() -> None:
    names = {str(name) for name in get_resolver().reverse_dict if "adminapi_" in str(name)}
    assert names == {*PATHS, "adminapi_unknown"}


def test_a_key_opens_by_its_header_alone(olga: User, client: Client) -> None:
    program = Program(olga)
    tries: list[Any] = [
        client.get(ROOT + "users"),
        client.get(ROOT + "users", {"key": program.secret, "api_key": program.secret}),
        client.post(ROOT + "orders/pull", {"key": program.secret}),
        client.get(ROOT + "users", headers={"Cookie": f"X-Api-Key={program.secret}"}),
        client.get(ROOT + "users", headers={"X-Api-Key": "panelop_" + "x" * 32}),
        client.get(ROOT + "users", headers={"X-Api-Key": "\x00é" * 500}),
    ]
    client.force_login(olga)
    tries.append(client.get(ROOT + "users"))
    assert {envelope(one)["code"] for one in tries} == {"invalid_api_key"}


def lose_group(olga: User, at: datetime) -> None:
    olga.groups.clear()


def stop_being_staff(olga: User, at: datetime) -> None:
    User.objects.filter(pk=olga.pk).update(is_staff=False)


def be_suspended(olga: User, at: datetime) -> None:
    standing = User.Standing.SUSPENDED
    change_standing(user=olga, standing=standing, reason="left", actor=None, at=at)


def change_password(olga: User, at: datetime) -> None:
    olga.set_password(PASSWORD + "!")
    olga.save()


def be_compromised(olga: User, at: datetime) -> None:
    User.objects.filter(pk=olga.pk).update(frozen_at=at)


def have_it_revoked(olga: User, at: datetime) -> None:
    operator_keys.revoke(key=OperatorKey.objects.get(user=olga), by=olga, at=at)


def let_it_expire(olga: User, at: datetime) -> None:
    OperatorKey.objects.filter(user=olga).update(expires_at=at - timedelta(seconds=1))


@pytest.mark.parametrize(
    "end",
    [
        lose_group, stop_being_staff, be_suspended, change_password, be_compromised,
        have_it_revoked, let_it_expire,
    ],
)  # fmt: skip
def test_what_ends_the_owners_rights_ends_the_key_at_once(
    end: Any, olga: User, now: datetime
) -> None:
    program = Program(olga)
    assert program.ask("GET", "orders")[0] == 200
    end(olga, now)
    status, told = program.ask("GET", "orders")
    assert status in (401, 403), told


def test_a_key_works_from_its_own_networks_alone(olga: User) -> None:
    program = Program(olga, networks=["203.0.113.0/24"])
    assert program.ask("GET", "orders")[1]["code"] == "address_refused"
    OperatorKey.objects.update(allowed_networks=["127.0.0.0/8"])
    assert program.ask("GET", "orders")[0] == 200


def test_a_sixth_call_in_a_second_waits_whichever_process_has_it(
    fresh_db: TestDatabase, olga: User, now: datetime
) -> None:
    Program(olga)
    key = OperatorKey.objects.get(user=olga)
    ip = "127.0.0.1"
    counted = at_once(12, lambda: operator_keys.count_call(key=key, ip=ip, at=now))
    assert sorted(counted) == [False] * 7 + [True] * 5
    later = now + operator_keys.WINDOW
    assert operator_keys.count_call(key=key, ip=ip, at=later) is True


def test_too_many_calls_are_told_when_to_try_again(olga: User, client: Client) -> None:
    program = Program(olga)
    answers = [
        client.get(ROOT + "users", headers={"X-Api-Key": program.secret}) for _time in range(6)
    ]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert answers[-1]["Retry-After"] == "1"
    assert envelope(answers[-1])["code"] == "too_many_requests"


def test_every_error_comes_in_the_envelope(olga: User, client: Client, alice: User) -> None:
    secret = {"X-Api-Key": Program(olga).secret}
    kind = "application/json"
    answers: list[Any] = [
        client.get(ROOT + "no-such-path", headers=secret),
        client.get("/adminapi/", headers=secret),
        client.post(ROOT, {}, headers=secret),
        client.put("/adminapi/v1/orders%0A", headers=secret),
        client.get(ROOT + "orders/x", headers=secret),
        client.get(ROOT + "orders/99", headers=secret),
        client.delete(ROOT + "orders", headers=secret),
        client.post(ROOT + "orders/pull", "x" * 4_000_000, content_type=kind, headers=secret),
        client.post(ROOT + "orders/pull", "[" * 9000, content_type=kind, headers=secret),
    ]
    found = [envelope(one)["error_code"] for one in answers]
    assert found == [404, 404, 404, 404, 404, 404, 405, 413, 400]


def test_who_a_customer_is_stands_in_answers_to_keys_made_for_that_alone(
    olga: User, alice: User
) -> None:
    order = factories.order(alice)
    others = set(Scope) - {Scope.USERS_READ}
    told = [
        Program(olga, scopes=list(scopes)).get(f"orders/{order.pk}")
        for scopes in (others, {Scope.ORDERS_READ, Scope.USERS_READ})
    ]
    assert [one["user"] for one in told] == [alice.pk, alice.pk]
    assert [one["user_email"] for one in told] == [None, alice.email]


def test_a_megabyte_of_brackets_is_not_read(olga: User, client: Client) -> None:
    secret = {"X-Api-Key": Program(olga).secret}
    pairs = "[]," * (brackets.MOST_BRACKETS - 3)
    for opened, status in (("[[", 400), ("[[[[", 413)):
        body = f'{{"ids": {opened}{pairs}]'
        kind = "application/json"
        told = client.post(ROOT + "orders/cancel", body, content_type=kind, headers=secret)
        assert envelope(told)["error_code"] == status


def test_nobody_changes_what_was_ordered(olga: User, client: Client, alice: User) -> None:
    secret = {"X-Api-Key": Program(olga).secret}
    order = factories.order(alice)
    told = envelope(client.post(f"{ROOT}orders/{order.pk}/edit-link", headers=secret))
    assert (told["error_code"], told["code"]) == (409, "conflict")
    assert "never change" in told["error_message"]
    assert Order.objects.get(pk=order.pk).link == order.link


def test_calls_are_noted_without_what_was_sent(olga: User) -> None:
    program = Program(olga)
    program.ask("GET", "orders", {"link": "https://example.com/canary"})
    program.ask("GET", "orders/7")
    usage.flush()
    calls = list(ApiCall.objects.order_by("pk").values_list("api", "action", "code"))
    assert calls == [("admin", "order_list", ""), ("admin", "order_detail", "not_found")]
    assert "canary" not in str(list(ApiCall.objects.values()))


def test_a_call_that_fails_is_an_envelope_in_the_log_and_in_the_list(
    olga: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Exception):
        pass

    def broken(_fields: object) -> None:
        raise Broken

    monkeypatch.setattr(lists, "page", broken)
    secret = Program(olga).secret
    client = Client(headers={"X-Api-Key": secret}, raise_request_exception=False)
    told = envelope(client.get(ROOT + "users", {"user": "canary"}))
    assert (told["error_code"], told["code"]) == (500, "internal_error")
    usage.flush()
    call = ApiCall.objects.get()
    assert (call.http_status, call.code, call.user_id) == (500, "internal_error", olga.pk)
    (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert (record.name, record.exc_info and record.exc_info[0]) == ("django.request", Broken)
    assert f"action=user_list user={olga.pk} key={secret[:12]}" in record.getMessage()
    assert "canary" not in record.getMessage()
