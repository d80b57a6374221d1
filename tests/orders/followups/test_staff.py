"""The queue of requests that people carry out, and what staff may do with one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActLog, User
from orders.followups import deciding
from orders.followups.deciding import CannotDecide, Decision
from orders.followups.reasons import End
from orders.models import FollowUp, Order, Status
from tests.demo_provider.process import DemoProvider
from tests.orders.followups.acts import asked, calls, pass_on, reread
from tests.orders.pages import text_of

pytestmark = pytest.mark.django_db
Kind, State = FollowUp.Kind, FollowUp.State
QUEUE = reverse("staff_orders:requests")


@pytest.fixture
def desk(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client


@pytest.fixture
def speed_up(running: Order) -> FollowUp:
    return asked(running, Kind.SPEED_UP)


@pytest.fixture
def by_hand(completed: Order) -> FollowUp:
    """A refill that its provider's service cannot take by a call."""
    assert completed.offer is not None
    completed.offer.can_refill = False
    completed.offer.save()
    return asked(completed, Kind.REFILL)


def url(follow_up: FollowUp) -> str:
    return reverse("staff_orders:request", args=[follow_up.pk])


def decision(follow_up: FollowUp, actor: User) -> Decision:
    return Decision(
        follow_up_id=follow_up.pk, actor=actor, note="looked at their page", at=timezone.now()
    )


class TestTheQueue:
    def test_it_holds_what_waits_for_people_and_says_why(
        self, desk: Client, speed_up: FollowUp, running: Order
    ) -> None:
        told = text_of(desk.get(QUEUE))
        assert f"Order {running.pk}" in told
        assert "No call can carry it out" in told

    def test_what_a_provider_answers_in_time_is_not_in_it(
        self, desk: Client, running: Order
    ) -> None:
        cancel = pass_on(asked(running, Kind.CANCEL))
        assert "Nothing waits for people" in text_of(desk.get(QUEUE))
        FollowUp.objects.filter(pk=cancel.pk).update(due_at=timezone.now() - timedelta(1))
        assert "has not answered in time" in text_of(desk.get(QUEUE))

    def test_the_desk_counts_it(self, desk: Client, speed_up: FollowUp) -> None:
        told = text_of(desk.get(reverse("staff_home")))
        assert "Refills, cancels and speed-ups for people" in told

    def test_it_takes_the_permission(self, speed_up: FollowUp, fiona: User, desk: Client) -> None:
        client = Client()
        client.force_login(fiona)
        assert client.get(QUEUE).status_code == 403
        assert client.post(url(speed_up), {"act": "end"}).status_code == 403
        assert desk.get(url(speed_up)).status_code == 200

    def test_what_a_provider_said_is_for_those_who_may_see_it(
        self, desk: Client, olga: User, speed_up: FollowUp
    ) -> None:
        FollowUp.objects.update(excerpt="no such moon")
        assert "no such moon" not in text_of(desk.get(url(speed_up)))
        desk.force_login(olga)
        assert "no such moon" in text_of(desk.get(url(speed_up)))


class TestDeciding:
    def test_what_was_done_is_written_down_and_told(
        self, desk: Client, sam: User, by_hand: FollowUp, completed: Order
    ) -> None:
        sent = {"act": "end", "end": "carried_out", "note": "asked them by chat, it is done"}
        assert desk.post(url(by_hand), sent)["Location"] == QUEUE
        ended = reread(by_hand)
        assert (ended.state, ended.decided_by) == (State.DONE, sam)
        act = ActLog.objects.get(act="decide request")
        assert (act.target, act.reason) == (completed.reference, sent["note"])
        client = Client()
        client.force_login(completed.customer)
        told = text_of(client.get(completed.get_absolute_url()))
        assert "It was carried out." in told
        assert "by chat" not in told

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"end": "carried_out", "note": "short"}, "Say what you did"),
            ({"end": "", "note": "looked at their page"}, "This field is required"),
            ({"end": "refilled", "note": "looked at their page"}, "Select a valid choice"),
        ],
    )
    def test_a_form_that_says_too_little_comes_back(
        self, desk: Client, by_hand: FollowUp, fields: dict[str, str], said: str
    ) -> None:
        answer = desk.post(url(by_hand), {"act": "end"} | fields)
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert fields["note"] in answer.content.decode()
        assert reread(by_hand).state == State.ASKED

    def test_a_cancel_is_never_called_done_by_hand(
        self, desk: Client, running: Order, sam: User
    ) -> None:
        cancel = asked(running, Kind.CANCEL)
        assert "It was carried out" not in text_of(desk.get(url(cancel)))
        with pytest.raises(ValueError, match="does not end as"):
            deciding.decide(decision=decision(cancel, sam), end=End.CARRIED_OUT)
        deciding.decide(decision=decision(cancel, sam), end=End.NOT_POSSIBLE)
        running.refresh_from_db()
        assert (reread(cancel).state, running.status) == (State.DECLINED, Status.PENDING)
        assert running.refunded_micros == 0

    def test_nobody_decides_twice_nor_about_an_order_of_his_own(
        self, by_hand: FollowUp, sam: User, completed: Order
    ) -> None:
        deciding.decide(decision=decision(by_hand, sam), end=End.NOT_DROPPED)
        with pytest.raises(CannotDecide):
            deciding.decide(decision=decision(by_hand, sam), end=End.CARRIED_OUT)
        assert reread(by_hand).reason == "not_dropped"
        completed.customer.groups.add(Group.objects.get(name="Support"))
        with pytest.raises(CannotDecide, match="your own order"):
            deciding.decide(decision=decision(by_hand, completed.customer), end=End.CARRIED_OUT)

    def test_what_is_just_being_sent_is_left_alone(self, running: Order, sam: User) -> None:
        cancel = asked(running, Kind.CANCEL)
        FollowUp.objects.update(state=State.SENDING)
        with pytest.raises(CannotDecide, match="just being sent"):
            deciding.decide(decision=decision(cancel, sam), end=End.NOT_POSSIBLE)


class TestSendingByHand:
    def test_what_provably_was_not_sent_can_be_sent_once(
        self, desk: Client, by_hand: FollowUp, upstream: DemoProvider
    ) -> None:
        sent = {"act": "send", "note": "they take calls since today"}
        assert desk.post(url(by_hand), sent)["Location"] == QUEUE
        assert pass_on(reread(by_hand)).state == State.SENT
        assert calls(upstream, "refill") == 1
        assert ActLog.objects.filter(act="send request").count() == 1

    @pytest.mark.parametrize("state", [State.SENT, State.UNCERTAIN, State.DONE])
    def test_nothing_else_can(self, by_hand: FollowUp, sam: User, state: str) -> None:
        FollowUp.objects.update(state=state)
        with pytest.raises(CannotDecide):
            deciding.send(decision=decision(by_hand, sam))

    def test_a_speed_up_has_no_call(self, speed_up: FollowUp, sam: User, desk: Client) -> None:
        with pytest.raises(CannotDecide):
            deciding.send(decision=decision(speed_up, sam))
        assert "Send it now" not in text_of(desk.get(url(speed_up)))

    def test_a_number_that_was_called_back_before_is_not_called_back_again(
        self, running: Order, sam: User
    ) -> None:
        asked(running, Kind.CANCEL)
        FollowUp.objects.update(state=State.DECLINED, ended_at=timezone.now())
        again = FollowUp.objects.create(
            order=running, kind=Kind.CANCEL, asked_at=timezone.now(), due_at=timezone.now()
        )
        with pytest.raises(CannotDecide, match="called back before"):
            deciding.send(decision=decision(again, sam))


def test_a_note_that_says_nothing_is_refused(sam: User) -> None:
    with pytest.raises(ValueError, match="a note has"):
        Decision(follow_up_id=1, actor=sam, note="done", at=timezone.now())
