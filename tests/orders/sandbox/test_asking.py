"""Refills and cancels of played orders follow the rules for real ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from orders.followups.asking import Answer, CannotAsk
from orders.followups.reasons import Reason
from orders.models import FollowUp, Order, SandboxOrder, SandboxRequest, Status
from orders.sandbox import asking, life, reading
from services.models import Service
from tests.factories import MICROS, service
from tests.orders.sandbox.conftest import LINK, after, play, stands

pytestmark = pytest.mark.django_db
Kind, State = FollowUp.Kind, FollowUp.State


def ask(user: User, number: int, kind: FollowUp.Kind, at: datetime) -> Answer:
    return asking.ask(order_id=number, customer_id=user.pk, kind=kind, at=at)


def reason(user: User, number: int, kind: FollowUp.Kind, at: datetime) -> Reason:
    with pytest.raises(CannotAsk) as refused:
        ask(user, number, kind, at)
    return refused.value.reason


def state(user: User, seconds: float) -> str:
    (one,) = reading.follow_ups(customer_id=user.pk, kind=Kind.REFILL, at=after(seconds))
    return one.state


class TestRefill:
    def test_goes_from_asked_to_done(self, alice: User, shop: Service) -> None:
        number = play(alice, shop)
        assert ask(alice, number, Kind.REFILL, after(60)).follow_up_id
        assert [state(alice, seconds) for seconds in (60, 70, 80)] == [
            State.ASKED,
            State.SENT,
            State.DONE,
        ]

    def test_may_be_declined(self, alice: User, shop: Service) -> None:
        number = play(alice, shop, f"{LINK}?sandbox=no_refill")
        ask(alice, number, Kind.REFILL, after(60))
        assert state(alice, 80) == State.DECLINED

    def test_is_for_completed_orders_once_at_a_time(self, alice: User, shop: Service) -> None:
        number = play(alice, shop)
        assert reason(alice, number, Kind.REFILL, after(30)) == Reason.NOT_COMPLETED
        ask(alice, number, Kind.REFILL, after(60))
        assert reason(alice, number, Kind.REFILL, after(61)) == Reason.OPEN
        assert reason(alice, number, Kind.REFILL, after(90)) == Reason.COOLING_DOWN

    def test_is_not_possible_while_a_later_order_on_the_link_runs(
        self, alice: User, shop: Service
    ) -> None:
        number = play(alice, shop)
        play(alice, shop, f"{LINK}/", at=after(60))
        assert reason(alice, number, Kind.REFILL, after(70)) == Reason.ORDERED_AGAIN
        assert ask(alice, number, Kind.REFILL, after(120)).is_taken

    def test_of_many_reads_what_was_played_once(
        self, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = [play(alice, shop, at=after(60 * number)) for number in range(4)]
        other = service(category=shop.category)
        last = play(alice, other, at=after(240))
        stood: list[int] = []
        stand = life.order_at

        def count(row: SandboxOrder, **more: Any) -> Order:
            stood.append(row.pk)
            return stand(row, **more)

        monkeypatch.setattr(life, "order_at", count)
        answers = asking.ask_many(
            order_ids=asked, customer_id=alice.pk, kind=Kind.REFILL, at=after(270)
        )
        assert {answer.reason for answer in answers} == {Reason.ORDERED_AGAIN}
        assert sorted(stood) == sorted([*asked, *asked, last])

    def test_is_not_offered_without_the_service(self, alice: User, terms: None) -> None:
        number = play(alice, service())
        assert reason(alice, number, Kind.REFILL, after(60)) == Reason.NOT_OFFERED


class TestCancel:
    def test_before_it_was_passed_on_ends_it_at_once(self, alice: User, shop: Service) -> None:
        number = play(alice, shop)
        assert ask(alice, number, Kind.CANCEL, after(1)).is_canceled
        assert stands(alice, number, after(1)).status == Status.CANCELED
        assert reading.balance_micros(customer_id=alice.pk, at=after(1)) == 100 * MICROS
        assert ask(alice, number, Kind.CANCEL, after(2)).is_canceled
        assert SandboxRequest.objects.count() == 1

    def test_under_way_brings_back_what_was_not_delivered(self, alice: User, shop: Service) -> None:
        number = play(alice, shop)
        taken = ask(alice, number, Kind.CANCEL, after(20))
        assert ask(alice, number, Kind.CANCEL, after(21)) == taken
        assert stands(alice, number, after(29)).status == Status.IN_PROGRESS
        ended = stands(alice, number, after(30))
        assert (ended.status, ended.remains) == (Status.PARTIAL, 500)
        assert ended.net_charge_micros == MICROS

    def test_of_a_pending_order_brings_everything_back(self, alice: User, shop: Service) -> None:
        number = play(alice, shop, f"{LINK}?sandbox=pending")
        ask(alice, number, Kind.CANCEL, after(100))
        ended = stands(alice, number, after(110))
        assert (ended.status, ended.net_charge_micros) == (Status.CANCELED, 0)

    def test_may_be_declined_and_the_order_goes_on(self, alice: User, shop: Service) -> None:
        number = play(alice, shop, f"{LINK}?sandbox=no_cancel")
        ask(alice, number, Kind.CANCEL, after(20))
        assert stands(alice, number, after(50)).status == Status.COMPLETED

    def test_that_comes_too_late_changes_nothing(self, alice: User, shop: Service) -> None:
        number = play(alice, shop)
        ask(alice, number, Kind.CANCEL, after(45))
        assert stands(alice, number, after(60)).status == Status.COMPLETED
        assert reason(alice, number, Kind.CANCEL, after(61)) == Reason.ENDED

    def test_without_a_refund_keeps_the_charge(self, alice: User, terms: None) -> None:
        sold = service(can_cancel=True, can_partial=False)
        number = play(alice, sold)
        ask(alice, number, Kind.CANCEL, after(20))
        ended = stands(alice, number, after(40))
        assert (ended.status, ended.net_charge_micros) == (Status.PARTIAL, MICROS)

    def test_of_a_drip_feed_begins_no_further_run(self, alice: User, terms: None) -> None:
        sold = service(can_drip_feed=True, can_cancel=True)
        number = play(alice, sold, runs=5, interval_minutes=10)
        assert ask(alice, number, Kind.CANCEL, after(20)).is_taken
        assert stands(alice, number, after(40)).status == Status.PARTIAL

    def test_is_refused_where_the_service_cannot_be_stopped(self, alice: User, terms: None) -> None:
        number = play(alice, service())
        assert reason(alice, number, Kind.CANCEL, after(20)) == Reason.CANNOT_STOP
