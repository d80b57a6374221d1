"""`refill`, `refill_status` and `cancel`: the trade's types exactly, and every number its own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from orders.ending import denying
from orders.followups.closing import close
from orders.followups.reasons import End
from orders.models import FollowUp, Order, Status
from services.models import Service
from services.providers import followups
from services.providers.answers import Answer as Read
from services.providers.dialect import API_V2, normalise_word
from services.providers.errors import Refused
from tests.factories import order, service
from tests.orders.api.program import Program, Transport
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db
State = FollowUp.State


@pytest.fixture
def lasting(terms: None) -> Service:
    """With refill, and it can be stopped."""
    return service(can_refill=True, refill_days=30, can_cancel=True)


def completed(alice: User, lasting: Service) -> Order:
    placed = order(alice, service=lasting)
    Order.objects.filter(pk=placed.pk).update(status=Status.COMPLETED, finished_at=timezone.now())
    placed.refresh_from_db()
    return placed


class TestRefill:
    def test_of_one_order_is_a_text(
        self, script: Program, alice: User, lasting: Service, transport: Transport
    ) -> None:
        one = completed(alice, lasting)
        answer = script.send(transport, action="refill", order=one.pk).json()
        assert answer == {"refill": str(FollowUp.objects.get().pk)}

    def test_of_many_are_numbers_and_errors_each_under_its_order(
        self, script: Program, alice: User, bob: User, lasting: Service
    ) -> None:
        one, running = completed(alice, lasting), order(alice, service=lasting)
        foreign = completed(bob, lasting)
        asked = f"{one.pk}, {running.pk} ,{one.pk},{foreign.pk},junk,,"
        answer = script.ask(action="refill", orders=asked)
        assert answer == [
            {"order": one.pk, "refill": FollowUp.objects.get().pk},
            {"order": running.pk, "refill": {"error": "Order not eligible for refill."}},
            {"order": foreign.pk, "refill": {"error": "Incorrect order ID"}},
            {"order": "junk", "refill": {"error": "Incorrect order ID"}},
        ]
        assert [type(entry["order"]) for entry in answer] == [int, int, int, str]

    def test_a_second_while_one_is_open_is_refused(
        self, script: Program, alice: User, lasting: Service
    ) -> None:
        one = completed(alice, lasting)
        script.ask(action="refill", order=one.pk)
        assert script.ask(action="refill", order=one.pk) == {
            "error": "Order already has an open refill",
            "code": "refill_open",
        }
        assert script.ask(action="refill", orders=one.pk) == [
            {"order": one.pk, "refill": {"error": "Order already has an open refill"}}
        ]
        assert FollowUp.objects.count() == 1

    @pytest.mark.parametrize("number", ["1", "-1", "٣", "9" * 30])
    def test_of_what_is_not_there(self, script: Program, number: str) -> None:
        answer = script.ask(action="refill", order=number)
        assert answer == {"error": "Incorrect order ID", "code": "unknown_order"}


class TestRefillStatus:
    @pytest.fixture
    def refill(self, script: Program, alice: User, lasting: Service) -> FollowUp:
        script.ask(action="refill", order=completed(alice, lasting).pk)
        return FollowUp.objects.get()

    @pytest.mark.parametrize(
        ("state", "word"),
        [
            (State.ASKED, "Pending"),
            (State.SENDING, "Pending"),
            (State.UNCERTAIN, "Pending"),
            (State.SENT, "In progress"),
            (State.DONE, "Completed"),
            (State.DECLINED, "Rejected"),
            (State.EXPIRED, "Rejected"),
        ],
    )
    def test_has_a_word_of_the_trade_for_every_state(
        self, script: Program, refill: FollowUp, state: str, word: str, transport: Transport
    ) -> None:
        FollowUp.objects.update(state=state)
        answer = script.send(transport, action="refill_status", refill=refill.pk).json()
        assert answer == {"status": word}
        assert normalise_word(word) in API_V2.states

    def test_of_many_has_an_entry_for_each(
        self, script: Program, stranger: Program, refill: FollowUp
    ) -> None:
        asked = {"action": "refill_status", "refills": f"{refill.pk},{refill.pk},999"}
        unknown = {"refill": 999, "status": {"error": "Refill not found"}}
        assert script.ask(**asked) == [{"refill": refill.pk, "status": "Pending"}, unknown]
        assert stranger.ask(**asked) == [
            {"refill": refill.pk, "status": {"error": "Refill not found"}},
            unknown,
        ]

    def test_of_a_cancel_there_is_none(
        self, script: Program, alice: User, lasting: Service
    ) -> None:
        cancel = FollowUp.objects.create(
            order=completed(alice, lasting),
            kind=FollowUp.Kind.CANCEL,
            asked_at=timezone.now(),
            due_at=timezone.now(),
        )
        answer = script.ask(action="refill_status", refill=cancel.pk)
        assert answer == {"error": "Refill not found", "code": "unknown_refill"}

    def test_can_be_read_with_a_key_that_may_only_read(
        self, reader: Program, refill: FollowUp
    ) -> None:
        assert reader.ask(action="refill_status", refill=refill.pk) == {"status": "Pending"}
        for action in ("refill", "cancel"):
            assert reader.ask(action=action, order=1)["code"] == "scope_missing"


class TestCancel:
    def test_takes_back_what_nobody_has_sent(
        self, script: Program, alice: User, shop: Service, transport: Transport
    ) -> None:
        placed = order(alice, service=shop)
        before = spendable_micros(customer_id=alice.pk)
        answer = script.send(transport, action="cancel", orders=placed.pk).json()
        assert answer == [{"order": placed.pk, "cancel": 1}]
        assert script.ask(action="status", order=placed.pk)["status"] == "Canceled"
        assert spendable_micros(customer_id=alice.pk) == before + placed.charge_micros

    def test_of_one_order_answers_an_object(
        self, script: Program, alice: User, shop: Service
    ) -> None:
        placed = order(alice, service=shop)
        for _time in range(2):
            assert script.ask(action="cancel", order=placed.pk) == {"cancel": 1}
        assert script.ask(action="cancel", order=placed.pk, orders=placed.pk) == [
            {"order": placed.pk, "cancel": 1}
        ]

    def test_of_what_a_provider_has_is_a_request_and_says_one_each_time(
        self, script: Program, alice: User, lasting: Service
    ) -> None:
        placed = order(alice, service=lasting)
        Order.objects.filter(pk=placed.pk).update(status=Status.IN_PROGRESS, external_id="7")
        for _time in range(3):
            assert script.ask(action="cancel", order=placed.pk) == {"cancel": 1}
        assert FollowUp.objects.count() == 1
        assert script.ask(action="status", order=placed.pk)["status"] == "In progress"

    def test_of_what_others_have_canceled_is_none(
        self, script: Program, alice: User, fiona: User, shop: Service
    ) -> None:
        denied = order(alice, service=shop)
        denying.cancel_without_refund(
            order_id=denied.pk, actor=fiona, reason="A breach, ticket 8.", at=timezone.now()
        )
        answer = script.ask(action="cancel", order=denied.pk)
        assert answer["error"] == "Order cannot be canceled"

    def test_names_each_that_cannot_be(
        self, script: Program, alice: User, bob: User, shop: Service
    ) -> None:
        done, foreign = order(alice, service=shop), order(bob, service=shop)
        Order.objects.filter(pk=done.pk).update(status=Status.COMPLETED)
        assert script.ask(action="cancel", orders=f"{done.pk},{foreign.pk},x") == [
            {"order": done.pk, "cancel": {"error": "Order cannot be canceled"}},
            {"order": foreign.pk, "cancel": {"error": "Incorrect order ID"}},
            {"order": "x", "cancel": {"error": "Incorrect order ID"}},
        ]
        foreign.refresh_from_db()
        assert foreign.status == Status.QUEUED


@pytest.mark.parametrize(
    ("action", "many", "one"),
    [
        ("refill", "orders", "order"),
        ("refill_status", "refills", "refill"),
        ("cancel", "orders", "order"),
    ],
)
class TestLists:
    def test_take_a_hundred_and_no_more(
        self, script: Program, action: str, many: str, one: str
    ) -> None:
        hundred = ",".join(str(number) for number in range(1, 101))
        assert len(script.ask(action=action, **{many: hundred})) == 100
        assert len(script.ask(action=action, **{many: f"{hundred}, 7 ,{hundred}"})) == 100
        refused = script.ask(action=action, **{many: f"{hundred},101"})
        assert refused["code"] == "too_many_orders"

    def test_need_a_number(self, script: Program, action: str, many: str, one: str) -> None:
        sent: list[dict[str, Any]] = [{}, {one: ""}, {many: " , ,"}]
        for fields in sent:
            assert script.ask(action=action, **fields)["error"] == "Incorrect request"

    def test_are_taken_as_a_list_of_json(
        self, script: Program, action: str, many: str, one: str
    ) -> None:
        fields = {"key": script.key, "action": action, many: [5, 6]}
        answer = script.client.post("/api/v2", fields, content_type="application/json")
        assert len(answer.json()) == 2


def test_a_panel_like_ours_understands_every_answer(
    script: Program, alice: User, lasting: Service
) -> None:
    """Our own client as the reseller's: what we say must mean to others what it means to us."""
    one, queued = completed(alice, lasting), order(alice, service=lasting)

    def said(**fields: Any) -> Read:
        return Read(status=200, body=json.dumps(script.ask(**fields)).encode())

    number = followups.read_refill(
        said(action="refill", order=one.pk), asked=str(one.pk), dialect=API_V2
    )
    again = said(action="refill", order=one.pk)
    with pytest.raises(Refused):
        followups.read_refill(again, asked=str(one.pk), dialect=API_V2)
    end(FollowUp.objects.get())
    told = followups.read_refill_statuses(
        said(action="refill_status", refills=number), asked=[number or ""], dialect=API_V2
    )
    assert told[number or ""] == followups.RefillReport(
        followups.RefillState.COMPLETED, "Completed"
    )
    asked = {"action": "cancel", "order": queued.pk, "orders": queued.pk}
    followups.read_cancel(said(**asked), asked=str(queued.pk), dialect=API_V2)
    with pytest.raises(Refused):
        followups.read_cancel(
            said(action="cancel", orders=one.pk), asked=str(one.pk), dialect=API_V2
        )


def end(follow_up: FollowUp) -> None:
    close(
        follow_up=follow_up,
        order=follow_up.order,
        to=State.DONE,
        end=End.REFILLED,
        at=timezone.now() + timedelta(seconds=1),
    )
