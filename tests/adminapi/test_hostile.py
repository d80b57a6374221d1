"""What breaks careless programs, at every path of the Admin API: it is answered in the envelope and
is no error of ours (S-23, S-24, S-25)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts import operator_keys
from accounts.models import User
from orders.models import Order
from tests import factories
from tests.adminapi.program import ROOT, Program, envelope
from tests.adminapi.test_access import PATHS, address
from tests.tickets.rows import open_one

pytestmark = pytest.mark.django_db

ODD: list[Any] = [
    *("\x00", "a\ud800", "１２", "1e3", "9" * 18, "a" * 3000, "1," * 300),
    *(-1, True, 10**18, [[1]], {"a": [1]}, [{"id": 10**17}]),
]
TYPES = [
    *("", "/", "application/json; charset=utf-16", "multipart/form-data; boundary="),
    *("multipart/form-data", "application/x-www-form-urlencoded; charset=utf-16"),
]
MEMBERS: dict[str, dict[str, Any]] = {
    "adminapi_orders": {"ids": 1, "limit": 1, "before": 1, "offset": 1, "created_to": 1, "link": 1}
    | {"order_status": 1, "service_ids": 1, "user": 1, "provider": 1, "sort": "date-asc"},
    "adminapi_order_pull": {"limit": 1, "service_ids": 1},
    "adminapi_order_update": {"id": 1, "status": "completed", "start_count": 1, "remains": 1}
    | {"reason": "because of it", "orders": []},
    "adminapi_order_status": {"ids": 1, "status": "partial", "remains": 1, "cancel_reason": "x"},
    "adminapi_order_resend": {"ids": 1, "offer": 1, "attempt": 1, "reason": "because of it"},
    "adminapi_refill_status": {"ids": 1, "status": "rejected", "why": "not_public"},
    "adminapi_payment_add": {"user": 1, "amount": "1", "note": "because of it", "request_id": "a"}
    | {"direction": "add", "reason": "payment", "currency": "USD"},
    "adminapi_user_add": {"email": "new@example.com"},
    "adminapi_ticket_add": {"user": 1, "subject": "a", "message": "b", "order": 1, "topic": "api"},
}


@pytest.fixture
def program(olga: User, alice: User, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setattr(operator_keys, "count_call", lambda **_call: True)
    factories.order(alice)
    open_one(alice)
    return Program(olga)


def test_no_member_of_any_call_is_an_error_of_ours(program: Program, alice: User) -> None:
    for name, usual in MEMBERS.items():
        known = {"user": alice.pk, "id": Order.objects.get().pk}
        good = usual | {name: known[name] for name in usual if name in known}
        for member in good:
            for odd in ODD:
                if PATHS[name][0] == "POST" or (isinstance(odd, str) and odd.isprintable()):
                    status, _told = program.ask(PATHS[name][0], address(name), good | {member: odd})
                    assert status in (200, 400, 403, 404, 409, 422), (name, member, str(odd)[:40])
                    assert member != "amount" or status in (409, 422), odd


def test_no_method_and_no_kind_of_body_is_an_error_of_ours(program: Program) -> None:
    client = Client(headers={"X-Api-Key": program.secret})
    for name, (method, _scope, _may) in PATHS.items():
        for other in ("PUT", "DELETE", "OPTIONS", "TRACE", "BREW"):
            told = client.generic(other, ROOT + address(name))
            assert envelope(told)["error_code"] == 405
            assert told["Allow"].startswith(method)
        for kind in TYPES if method == "POST" else ():
            for body in (b"", b"\xff", b'{"ids": NaN}', b'{"\\ud800": 1}', b"--x\r\n"):
                told = client.generic("POST", ROOT + address(name), body, content_type=kind)
                assert envelope(told)["error_code"] < 500, (name, kind, body)
    for path in ("orders/9223372036854775808", "tickets/9223372036854775808/messages"):
        assert envelope(client.get(ROOT + path))["code"] == "not_found"
