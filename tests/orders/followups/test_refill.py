"""Refills: who may ask and when (DEL-07), one call for each, followed to their end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import OutboundMail, User
from orders.followups import following
from orders.followups.asking import CannotAsk
from orders.followups.clocks import REFILL_GIVEN_UP_AFTER
from orders.followups.offers import offers_of
from orders.models import FollowUp, Order, Status
from services.models import Service
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.orders.followups.acts import (
    answered,
    ask,
    asked,
    calls,
    let_pass,
    may_not,
    pass_on,
    reread,
    sent_to,
)

pytestmark = pytest.mark.django_db
REFILL, State = FollowUp.Kind.REFILL, FollowUp.State


def looked_at(follow_up: FollowUp) -> FollowUp:
    """The poll of refills, when it is due."""
    FollowUp.objects.filter(pk=follow_up.pk).update(next_poll_at=timezone.now())
    for provider_id in following.providers_with_due(at=timezone.now()):
        following.poll_refills(provider_id=provider_id, at=timezone.now())
    return reread(follow_up)


def finished(order: Order, *, days_ago: float) -> Order:
    finished_at = timezone.now() - timedelta(days=days_ago)
    Order.objects.filter(pk=order.pk).update(finished_at=finished_at)
    order.refresh_from_db()
    return order


class TestWhoMayAsk:
    def test_a_completed_order_of_a_service_with_refill(self, completed: Order) -> None:
        offer = offers_of(completed, at=timezone.now()).refill
        assert completed.finished_at is not None
        assert offer.is_on
        assert offer.until == completed.finished_at + timedelta(days=30)
        assert ask(completed, REFILL).is_taken

    def test_not_while_it_is_running_nor_after_it_ended_early(self, running: Order) -> None:
        assert may_not(running, REFILL) == "not_completed"
        Order.objects.filter(pk=running.pk).update(status=Status.PARTIAL)
        assert may_not(running, REFILL) == "cut_short"

    def test_not_where_it_was_sold_without_whatever_the_service_says_today(
        self, alice: User, completed: Order
    ) -> None:
        Service.objects.update(can_refill=False)
        assert ask(completed, REFILL).is_taken
        other = factories.order(alice)
        Order.objects.filter(pk=other.pk).update(status=Status.COMPLETED)
        Service.objects.update(can_refill=True, refill_days=90)
        assert may_not(other, REFILL) == "not_offered"

    @pytest.mark.parametrize(("days_ago", "reason"), [(29.99, ""), (30.01, "window_over")])
    def test_only_within_the_time_that_it_was_sold_with(
        self, completed: Order, days_ago: float, reason: str
    ) -> None:
        assert may_not(finished(completed, days_ago=days_ago), REFILL) == reason

    def test_only_one_at_a_time(self, completed: Order) -> None:
        ask(completed, REFILL)
        assert may_not(completed, REFILL) == "open"
        with pytest.raises(IntegrityError), transaction.atomic():
            FollowUp.objects.create(
                order=completed, kind=REFILL, asked_at=timezone.now(), due_at=timezone.now()
            )

    def test_the_next_one_only_after_a_day(self, completed: Order) -> None:
        ask(completed, REFILL)
        ended_at = timezone.now()
        FollowUp.objects.update(state=State.DONE, ended_at=ended_at)
        hours = timedelta(hours=settings.FOLLOW_UP_COOL_DOWN_HOURS)
        offer = offers_of(completed, at=ended_at + hours - timedelta(seconds=1)).refill
        assert (offer.reason, offer.again_at) == ("cooling_down", ended_at + hours)
        assert offers_of(completed, at=ended_at + hours).refill.is_on

    def test_not_while_a_later_order_on_the_link_is_running(
        self, alice: User, completed: Order, followers: Service
    ) -> None:
        later = factories.order(alice, service=followers, link=completed.link)
        assert may_not(completed, REFILL) == "ordered_again"
        Order.objects.filter(pk=later.pk).update(status=Status.CANCELED)
        assert may_not(completed, REFILL) == ""

    def test_a_later_order_of_another_kind_or_person_is_no_obstacle(
        self, alice: User, bob: User, completed: Order, followers: Service
    ) -> None:
        factories.order(bob, service=followers, link=completed.link)
        assert may_not(completed, REFILL) == ""

    @pytest.mark.parametrize(("count", "reason"), [(99, "fell_below_start"), (100, "")])
    def test_not_when_the_newest_count_is_below_the_start(
        self, alice: User, completed: Order, followers: Service, count: int, reason: str
    ) -> None:
        Order.objects.filter(pk=completed.pk).update(start_count=100)
        completed.refresh_from_db()
        later = factories.order(alice, service=followers, link=completed.link)
        Order.objects.filter(pk=later.pk).update(status=Status.COMPLETED, start_count=count)
        assert may_not(completed, REFILL) == reason

    def test_nobody_for_an_order_of_somebody_else(self, completed: Order, bob: User) -> None:
        completed.customer = bob
        with pytest.raises(Order.DoesNotExist):
            ask(completed, REFILL)


class TestItsWay:
    def test_one_call_then_it_is_followed_to_its_end(
        self, completed: Order, upstream: DemoProvider
    ) -> None:
        refill = pass_on(asked(completed, REFILL))
        assert (refill.state, refill.external_id is not None) == (State.SENT, True)
        assert looked_at(refill).state == State.SENT
        upstream.advance(601)
        assert looked_at(refill).state == State.DONE
        assert calls(upstream, "refill") == 1
        completed.refresh_from_db()
        assert completed.status == Status.COMPLETED

    def test_the_second_turn_of_a_worker_sends_nothing(
        self, completed: Order, upstream: DemoProvider
    ) -> None:
        refill = asked(completed, REFILL)
        for _turn in range(3):
            pass_on(refill)
        assert calls(upstream, "refill") == 1

    def test_a_rejected_one_is_declined_and_may_be_asked_for_anew(
        self, completed: Order, upstream: DemoProvider
    ) -> None:
        refill = pass_on(asked(completed, REFILL))
        upstream.fault("answer", action="refill_status", value='{"status": "Rejected"}')
        assert looked_at(refill).state == State.DECLINED
        tomorrow = timezone.now() + timedelta(hours=25)
        assert offers_of(completed, at=tomorrow).refill.is_on

    @pytest.mark.parametrize(
        "said", ['{"status": "Teleported"}', '{"error": "Refill not found"}', "[]", "{}", "oops"]
    )
    def test_what_proves_nothing_changes_nothing(
        self, completed: Order, upstream: DemoProvider, said: str
    ) -> None:
        refill = pass_on(asked(completed, REFILL))
        upstream.fault("answer", action="refill_status", value=said)
        assert looked_at(refill).state == State.SENT
        assert reread(refill).next_poll_at is not None

    def test_one_that_never_ends_is_given_up(self, completed: Order) -> None:
        refill = pass_on(asked(completed, REFILL))
        short = REFILL_GIVEN_UP_AFTER - timedelta(minutes=1)
        assert answered(refill, after=short).state == State.SENT
        assert answered(refill, after=REFILL_GIVEN_UP_AFTER).state == State.EXPIRED

    def test_a_number_that_was_given_before_is_a_doubt(
        self, alice: User, completed: Order, followers: Service, upstream: DemoProvider
    ) -> None:
        first = pass_on(asked(completed, REFILL))
        other = let_pass(sent_to(factories.order(alice, service=followers)), upstream, seconds=601)
        upstream.fault("answer", action="refill", value=f'{{"refill": {first.external_id}}}')
        assert pass_on(asked(other, REFILL)).state == State.UNCERTAIN

    def test_where_its_provider_cannot_people_do_it(
        self, completed: Order, upstream: DemoProvider
    ) -> None:
        assert completed.offer is not None
        completed.offer.can_refill = False
        completed.offer.save()
        refill = asked(completed, REFILL)
        assert refill.provider_id is None
        assert list(FollowUp.objects.for_people()) == [refill]

    def test_of_an_order_that_was_paid_back_meanwhile_it_is_declined_unsent(
        self, completed: Order, upstream: DemoProvider
    ) -> None:
        refill = asked(completed, REFILL)
        Order.objects.filter(pk=completed.pk).update(status=Status.PARTIAL)
        assert pass_on(refill).state == State.ASKED
        assert answered(refill).state == State.DECLINED
        assert calls(upstream, "refill") == 0


def test_people_get_one_mail_when_it_ends_and_programs_none(
    completed: Order, upstream: DemoProvider
) -> None:
    Order.objects.filter(pk=completed.pk).update(channel=Order.Channel.WEB)
    refill = pass_on(asked(completed, REFILL))
    upstream.advance(601)
    looked_at(refill)
    mail = OutboundMail.objects.get(key=f"follow-up:{refill.pk}:ended")
    assert f"order {completed.pk}" in mail.subject.lower()
    assert "What was missing was delivered again." in mail.body
    assert "provider" not in mail.body.lower()


def test_a_program_asks_for_the_status_instead(completed: Order, upstream: DemoProvider) -> None:
    refill = pass_on(asked(completed, REFILL))
    upstream.advance(601)
    assert looked_at(refill).state == State.DONE
    assert not OutboundMail.objects.filter(key__startswith="follow-up").exists()


def test_an_open_one_is_no_reason_to_be_refused_twice_for_another_kind(completed: Order) -> None:
    ask(completed, REFILL)
    with pytest.raises(CannotAsk) as refusal:
        ask(completed, FollowUp.Kind.CANCEL)
    assert refusal.value.reason == "ended"
