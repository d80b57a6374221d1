"""What breaks careless programs, at every operation: no 5xx, nothing charged, nobody else's rows
(S-01, S-03, S-23, S-24, S-25)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from orders.models import FollowUp, Order
from services.models import Service
from tests.factories import MICROS, order
from tests.orders.corpus import LINKS, NUMBERS
from tests.rest import contract
from tests.rest.caller import Caller
from tests.security.corpus import TEXTS
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limit(settings: Settings) -> None:
    settings.API_RATE_PER_MINUTE = 1_000_000


NOT_NUMBERS: list[Any] = [True, False, 100.0, 1e2, -1, 0, "100", [100], {"a": 1}, None, 10**17]
BODIES = [
    b"", b"[]", b"null", b'"x"', b"{", b"\xff", b"\xef\xbb\xbf{}", b'{"quantity": NaN}',
    b'{"quantity": 1, "quantity": 999}', b'{"quantity": %s}' % (b"9" * 5000),
    b'{"comments": ' + b"[" * 11 + b"]" * 11 + b"}",
    b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"link": "https://example.com/\\ud800"}', b'{"link": "https://example.com/\\u0000"}',
    b'{"link": "' + b"a" * (1024 * 1024) + b'"}',
]  # fmt: skip


def fitting(wanted: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for number in (*NUMBERS, *NOT_NUMBERS):
        yield wanted | {"quantity": number}
        yield wanted | {"service": number}
    for link in (*LINKS, *(text for text in TEXTS if isinstance(text, str))):
        if not link.startswith("four bytes"):
            yield wanted | {"link": link}


def test_nothing_that_is_malformed_orders_anything(
    script: Caller, alice: User, shop: Service
) -> None:
    wanted = {"service": shop.pk, "link": "https://example.com/p/1", "quantity": 100}
    for sent in fitting(wanted):
        answer = script.post("/orders", sent)
        assert answer.status_code in (400, 413, 422), str(sent)[:200]
    for body in BODIES:
        answer = script.send("POST", "/orders", body)
        assert answer.status_code in (400, 413, 422), body[:80]
    many = script.send("POST", "/orders", b'{"a": [' + b"{}," * 10_000 + b"{}]}")
    assert many.status_code == 413
    nameless = script.send("POST", "/orders", b'{"\\ud800": 1, "\\u0000": 2}').json()
    assert [one["parameter"] for one in nameless["errors"]] == ["\ufffd"]
    assert not Order.objects.exists()
    assert spendable_micros(customer_id=alice.pk) == 100 * MICROS


def test_a_batch_with_a_malformed_order_places_the_others(script: Caller, shop: Service) -> None:
    wanted = {"service": shop.pk, "link": "https://example.com/p/1", "quantity": 100}
    odd = [*list(fitting(wanted))[:98], wanted]
    results = script.post("/orders/batch", {"orders": odd}).json()["results"]
    assert [one["status"] for one in results] == [422] * 98 + [201]
    for wrong in ([], [wanted] * 101, wanted, None, "x", {}):
        assert script.post("/orders/batch", {"orders": wrong}).status_code == 422
    assert Order.objects.count() == 1


def test_what_an_address_asks_for_is_read_strictly(script: Caller, shop: Service) -> None:
    odd: list[Any] = [text for text in (*NUMBERS, *TEXTS) if text not in ("", "   ", "0")]
    for name, one in contract.operations().items():
        queries = [each for each in one.get("parameters", ()) if each["in"] == "query"]
        if not queries or "webhook" in name:
            continue
        path = next(
            path
            for path, methods in contract.document()["paths"].items()
            if one in methods.values()
        )
        for query in (*queries, {"name": "key", "schema": {"type": "integer"}}):
            is_free = query["name"] in ("search", "link") or "enum" in query["schema"]
            for text in odd[::4] if is_free else odd:
                answer = script.get(path.removeprefix("/api/v3"), **{query["name"]: text})
                wrong = (200, 422) if query["name"] in ("search", "link") else (422,)
                assert answer.status_code in wrong, (path, query["name"], text[:40])
    twice = script.client.get("/api/v3/orders?limit=1&limit=2", headers=script.headers())
    assert twice.status_code == 422


def test_idempotency_keys_are_read_strictly(script: Caller, shop: Service) -> None:
    wanted = {"service": shop.pk, "link": "https://example.com/p/1", "quantity": 100}
    for key in ("", " ", "a b", "a" * 101, "\u00e4", "a\tb"):
        answer = script.post("/orders", wanted, Idempotency_Key=key)
        assert (answer.status_code, answer.json()["parameter"]) == (422, "Idempotency-Key")
    assert not Order.objects.exists()


def test_what_is_another_customers_is_as_if_it_were_not_there(
    script: Caller, stranger: Caller, alice: User
) -> None:
    mine = order(alice)
    refill, cancel = (
        FollowUp.objects.create(
            order=mine, kind=kind, asked_by=alice, asked_at=mine.created_at, due_at=mine.created_at
        )
        for kind in (FollowUp.Kind.REFILL, FollowUp.Kind.CANCEL)
    )
    ticket = script.post("/tickets", {"topic": "api", "subject": "a", "text": "b"}).json()["id"]
    before = Order.objects.values().get()
    for method, address, number in (
        ("GET", "/orders/{}", mine.pk),
        ("POST", "/orders/{}/refill", mine.pk),
        ("POST", "/orders/{}/cancel", mine.pk),
        ("GET", "/refills/{}", refill.pk),
        ("GET", "/cancels/{}", cancel.pk),
        ("GET", "/tickets/{}", ticket),
        ("POST", "/tickets/{}/messages", ticket),
    ):
        body = {"text": "mine?"} if address.endswith("messages") else {}
        foreign = stranger.send(method, address.format(number), json.dumps(body).encode())
        unknown = stranger.send(method, address.format(10**9), json.dumps(body).encode())
        assert foreign.status_code == unknown.status_code == 404, address
        assert foreign.content == unknown.content, address
    about = {"topic": "order", "order": mine.pk, "subject": "a", "text": "b"}
    assert stranger.post("/tickets", about).status_code == 422
    for address in ("/orders", "/refills", "/cancels", "/tickets"):
        assert stranger.get(address).json()["data"] == [], address
    assert Order.objects.values().get() == before


def test_a_longer_page_takes_no_more_questions(script: Caller, alice: User, shop: Service) -> None:
    orders = [
        {"service": shop.pk, "quantity": 10, "link": f"https://example.com/{n}"} for n in range(12)
    ]
    results = script.post("/orders/batch", {"orders": orders}).json()["results"]
    for one in results:
        Order.objects.filter(pk=one["order"]["id"]).update(status="submitting")
    for address in ("/orders", "/services", "/statement", "/cancels", "/tickets"):
        counts = []
        for limit in ("1", "10"):
            with CaptureQueriesContext(connection) as asked:
                assert script.get(address, limit=limit).status_code == 200
            counts.append(len(asked))
        assert counts[0] == counts[1], address
    first = script.get("/orders", limit="5").json()
    second = script.get("/orders", limit="100", cursor=first["next_cursor"]).json()
    numbers = [one["id"] for page in (first, second) for one in page["data"]]
    assert numbers == sorted((one["order"]["id"] for one in results), reverse=True)
    assert second["next_cursor"] is None
