"""One Idempotency-Key is one order, however often and at once it is sent (API-08)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from orders.models import Order, Status
from services.models import Service
from tests.databases import TestDatabase
from tests.races import at_once
from tests.rest.caller import ROOT, Caller

CALLS = 8


def together(script: Caller, shop: Service, **headers: str) -> list[Any]:
    wanted = {"service": shop.pk, "link": "https://example.com/p/1", "quantity": 100}
    sent = {"Authorization": f"Bearer {script.key}", **headers}

    def call() -> Any:
        return Client().post(
            f"{ROOT}/orders", wanted, content_type="application/json", headers=sent
        )

    return at_once(CALLS, call)


@pytest.mark.django_db
def test_an_order_takes_four_questions(script: Caller, shop: Service) -> None:
    wanted = {"service": shop.pk, "quantity": 100}
    script.post("/orders", wanted | {"link": "https://example.com/p/1"})
    with CaptureQueriesContext(connection) as asked:
        script.post("/orders", wanted | {"link": "https://example.com/p/2"})
    questions = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
    # Who calls, what is ordered, the order itself, and the order as it is answered.
    assert len(questions) == 4, questions


@pytest.mark.django_db
def test_the_window_for_repeats_holds_without_a_key(
    script: Caller, shop: Service, alice: User
) -> None:
    wanted = {"service": shop.pk, "link": "https://example.com/p/1", "quantity": 100}
    User.objects.filter(pk=alice.pk).update(repeat_window_seconds=300)
    first = script.post("/orders", wanted)
    Order.objects.update(status=Status.COMPLETED)
    again = script.post("/orders", wanted)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    other = wanted | {"link": "https://example.com/p/2"}
    asked = [wanted, wanted | {"idempotency_key": "one"}, other, other]
    batch = script.post("/orders/batch", {"orders": asked}).json()["results"]
    numbers = [one["order"]["id"] for one in batch]
    assert numbers[0] == again.json()["id"] == first.json()["id"]
    assert [one["status"] for one in batch] == [200, 201, 201, 200]
    assert (numbers[2], len(set(numbers))) == (numbers[3], 3)


def test_calls_at_once_with_a_key_are_one_order_and_without_are_refused(
    fresh_db: TestDatabase, script: Caller, shop: Service
) -> None:
    answers = together(script, shop, **{"Idempotency-Key": "one"})
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: CALLS - 1}
    assert {answer.json()["id"] for answer in answers} == {Order.objects.get().pk}
    assert script.get("/balance").json()["balance"] == "99.8"
    # The twin: without the key nothing says that they are one, and the link's rule refuses them.
    strangers = together(script, shop)
    assert Counter(answer.json().get("code") for answer in strangers) == {"duplicate_link": CALLS}
