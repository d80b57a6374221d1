"""Orders: lists, filters, and acts that are those of the pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ActLog, User
from orders.models import FollowUp, Order, Proposal, Status
from orders.sending import forwarding
from services.providers.errors import OutcomeUnknown
from tests import factories
from tests.adminapi.program import ROOT, Program, envelope, rest
from tests.orders.corpus import NUMBERS
from tests.orders.following.reports import broken_books
from tests.security.corpus import TEXTS

MICROS = 1_000_000


def doubtful(alice: User) -> Order:
    order, at = factories.order(alice), timezone.now()
    attempt = forwarding.begin(order_id=order.pk, at=at)
    assert attempt is not None
    forwarding.finish(attempt=attempt, outcome=OutcomeUnknown("dropped"), at=at)
    return order


def at_provider(order: Order, status: Status = Status.PENDING) -> Order:
    """As if its provider had accepted it; no test here asks the provider anything."""
    offer = order.offer
    assert offer is not None
    Order.objects.filter(pk=order.pk).update(
        status=status,
        provider=offer.provider,
        external_id=f"x{order.pk}",
        sent_at=order.created_at,
        started_at=order.created_at,
    )
    order.refresh_from_db()
    return order


def test_a_list_is_filtered_sorted_and_read_on_by_number(
    alice: User, bob: User, olga: User
) -> None:
    mine = [factories.order(alice).pk for _time in range(3)]
    theirs = factories.order(bob, link="https://example.com/bob")
    program = Program(olga)
    first = program.get("orders", limit=3)
    assert [one["id"] for one in first["list"]] == [theirs.pk, *mine[:0:-1]]
    after = program.get("orders", limit=3, before=first["next"])
    assert ([one["id"] for one in after["list"]], after["next"]) == ([mine[0]], None)
    day = 86_400
    born = int(theirs.created_at.timestamp())
    only_his: list[dict[str, object]] = [
        {"user": bob.pk},
        {"user": "BOB@example.com"},
        {"link": theirs.link},
        {"service_ids": f"{theirs.service_id}"},
        {"ids": theirs.pk, "order_status": "Queued", "mode": "auto", "creation_type": "api"},
        {"sort": "date-desc", "limit": 1, "created_from": born - day, "created_to": born + day},
        {"sort": "date-asc", "offset": 3},
    ]
    for query in only_his:
        assert [one["id"] for one in program.get("orders", **query)["list"]] == [theirs.pk], query
    assert program.get("orders", created_to=born - day)["count"] == 0
    assert program.ask("GET", "orders", {"ip_address": "203.0.113.1"})[0] == 422


def test_an_order_is_told_with_its_money_and_what_may_be_done(
    alice: User, olga: User, sam: User
) -> None:
    order = at_provider(factories.order(alice, quantity=1500))
    told = Program(olga).get(f"orders/{order.pk}")
    assert told["charge"] == {
        "value": "1.5", "placed": "1.5", "refunded": "0", "currency": "USD"
    }  # fmt: skip
    assert (told["user"], told["user_email"]) == (alice.pk, alice.email)
    assert (told["external_id"], told["status"], told["mode"]) == (
        order.external_id, "pending", "auto"
    )  # fmt: skip
    actions = told["actions"]
    assert (actions["request_cancel"], actions["resend"]) == (True, False)
    # Support reads no provider, here as on the pages.
    for_support = Program(sam).get(f"orders/{order.pk}")
    assert for_support["provider"] is for_support["external_id"] is None
    assert Program(sam).ask("GET", "orders", {"provider": "1"})[1]["code"] == "not_permitted"


def test_each_id_has_its_own_result_and_the_log_names_the_key(alice: User, olga: User) -> None:
    orders = [at_provider(factories.order(alice)) for _time in range(2)]
    program = Program(olga)
    ids = f"{orders[0].pk}, {orders[1].pk},{orders[0].pk},999999"
    told = program.post("orders/change-status", ids=ids, status="Completed")["results"]
    assert [(one["id"], one["error_code"]) for one in told] == [
        (orders[0].pk, 0), (orders[1].pk, 0), (999999, 404)
    ]  # fmt: skip
    assert set(Order.objects.values_list("status", flat=True)) == {Status.COMPLETED}
    entry = ActLog.objects.get(target=orders[0].reference, act="set status")
    assert (entry.actor, entry.ip) == (olga, "127.0.0.1")
    assert entry.changes["key"] == program.secret[:12]
    again = program.post("orders/change-status", ids=[orders[0].pk], status="completed")
    assert again["results"][0]["code"] == "conflict"


def test_a_partial_and_a_cancel_pay_back_as_on_the_page(alice: User, olga: User) -> None:
    part, whole = at_provider(factories.order(alice)), factories.order(alice)
    program = Program(olga)
    told = program.post(f"orders/{part.pk}/set-partial", remains=250)
    assert told == {"id": part.pk, "result": "done", "status": "partial"}
    assert program.ask("POST", f"orders/{part.pk}/set-partial", {"remains": "1e2"})[0] == 422
    assert program.post("orders/cancel", ids=[whole.pk])["results"][0]["result"] == "done"
    assert Order.objects.get(pk=part.pk).refunded_micros == MICROS // 4
    assert Order.objects.get(pk=whole.pk).refunded_micros == MICROS
    assert broken_books() == []


def test_a_cancel_of_what_has_started_asks_for_a_reason(alice: User, olga: User) -> None:
    order = at_provider(factories.order(alice), Status.IN_PROGRESS)
    program = Program(olga)
    (told,) = program.post("orders/cancel", ids=order.pk)["results"]
    assert told["code"] == "invalid_parameter"
    assert "unavailable" in told["error_message"]
    (told,) = program.post("orders/cancel", ids=order.pk, cancel_reason="unavailable")["results"]
    assert told["result"] == "done"


def test_above_the_owners_limit_a_second_person_is_waited_for(alice: User, olga: User) -> None:
    order = factories.order(
        alice, service=factories.service(rate_micros=26 * MICROS), quantity=1000
    )
    (told,) = Program(olga).post("orders/cancel", ids=[order.pk])["results"]
    assert told["result"] == "waiting_for_second_person"
    assert Proposal.objects.get(pk=told["proposal"]).outcome == Proposal.Outcome.WAITING
    assert Order.objects.get(pk=order.pk).status == Status.QUEUED


def test_nobody_decides_about_an_order_of_his_own(olga: User) -> None:
    order = factories.order(olga)
    (told,) = Program(olga).post("orders/cancel", ids=[order.pk])["results"]
    assert told["code"] == "conflict"
    assert Order.objects.get(pk=order.pk).refunded_micros == 0


def test_what_nobody_has_is_sent_on_and_a_doubt_takes_a_reason(alice: User, olga: User) -> None:
    unsent, doubt = factories.order(alice), doubtful(alice)
    program = Program(olga)
    found = program.post("orders/resend", ids=[unsent.pk, doubt.pk])["results"]
    assert [one["code"] for one in found] == ["", "invalid_parameter"]
    reason = "not in the provider's own list"
    (told,) = program.post("orders/resend", ids=doubt.pk, reason=reason)["results"]
    assert told["result"] == "queued"
    doubt.refresh_from_db()
    assert doubt.status == Status.QUEUED
    assert ActLog.objects.filter(act="send order again", reason=reason).exists()


def test_a_cancel_is_asked_for_once(alice: User, olga: User) -> None:
    order = at_provider(factories.order(alice))
    program = Program(olga)
    asked = [program.post("orders/request-cancel", ids=[order.pk])["results"][0] for _t in "12"]
    assert [one["code"] for one in asked] == ["", "conflict"]
    assert FollowUp.objects.get(order=order).asked_by is None
    assert Order.objects.get(pk=order.pk).refunded_micros == 0


def test_hostile_values_are_refused_and_change_nothing(alice: User, olga: User) -> None:
    """S-23, S-24 in one loop: every parameter of every path that takes some."""
    order = at_provider(factories.order(alice))
    program, client = Program(olga), Client()
    numbers = [one for one in NUMBERS if one.strip() not in ("", "0", "12", "1" + "0" * 20)]
    texts = [one for one in TEXTS if isinstance(one, str)]
    values: list[Any] = [*numbers, *texts, True, 1.5, [[1]], {"a": 1}, [None, {}], "9" * 18]
    before = Order.objects.values().get(pk=order.pk)
    for value in values:
        for path, names in TAKEN.items():
            usual = {"ids": [order.pk], "status": "completed", "id": order.pk}
            body = usual | dict.fromkeys(names, value)
            rest()
            answer = client.post(
                ROOT + path.format(order.pk),
                json.dumps(body),
                content_type="application/json",
                headers={"X-Api-Key": program.secret},
            )
            assert answer.status_code < 500, (path, value)
            envelope(answer)
    assert Order.objects.values().get(pk=order.pk) == before


TAKEN = {
    "orders/change-status": ["ids", "status"],
    "orders/update": ["id"],
    "orders/{}/set-partial": ["remains"],
    "orders/resend": ["ids", "reason"],
    "orders/pull": ["limit", "service_ids"],
    "refill/change-status": ["ids", "reason"],
    "payments/add": ["user", "amount", "note", "request_id"],
    "users/add": ["email"],
    "tickets/add": ["user", "subject", "message", "order"],
}


@pytest.mark.parametrize("name", ["limit", "offset", "after", "user", "ids", "created_from"])
def test_a_number_in_a_query_is_written_in_digits(name: str, olga: User) -> None:
    status, told = Program(olga).ask("GET", "orders", {name: "1_0"})
    assert (status, told["code"]) in [(422, "invalid_parameter"), (404, "not_found")]
