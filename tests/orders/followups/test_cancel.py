"""Canceling: what it means where the order is, under each value of `order.customer_cancel`
(DEL-03, REF-02, REF-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import OutboundMail, User
from orders.ending.canceling import Way
from orders.followups import asking, following
from orders.followups.offers import offers_of
from orders.models import FollowUp, Order, Status, Submission
from orders.sending import forwarding, resolving, sweeping
from orders.sending.attempts import Accepted, Attempt, Outcome
from orders.sending.deciding import Decision
from services.models import Service
from services.providers.errors import NotSent, OutcomeUnknown
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.orders.followups.acts import (
    answered,
    ask,
    asked,
    calls,
    may_not,
    pass_on,
    reported,
    reread,
    sent_to,
    under,
)
from tests.orders.placing.asking import place
from wallet import verification
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db
CANCEL, State = FollowUp.Kind.CANCEL, FollowUp.State


def money(order: Order) -> tuple[str, int]:
    order.refresh_from_db()
    return order.status, order.refunded_micros


def books_agree() -> bool:
    return all(finding.is_ok for finding in verification.verify())


def placed(alice: User, followers: Service, terms: str, *, can_cancel: bool = True) -> Order:
    """Under these terms, of a service that can be stopped or not."""
    under(order_customer_cancel=terms)
    Service.objects.filter(pk=followers.pk).update(can_cancel=can_cancel)
    followers.refresh_from_db()
    return factories.order(alice, service=followers)


# Terms, whether the service can be stopped, and the way at each place: unsent, on its way, with a
# provider that has not begun, in progress.
TABLE = [
    ("never", False, (None, None, None, None)),
    ("never", True, (None, None, None, None)),
    ("pending", False, (Way.AT_ONCE, Way.BY_OUTCOME, None, None)),
    ("pending", True, (Way.AT_ONCE, Way.BY_OUTCOME, Way.REQUEST, Way.REQUEST)),
    ("pending_absorb", False, (Way.AT_ONCE, Way.BY_OUTCOME, Way.ABSORB, None)),
    ("pending_absorb", True, (Way.AT_ONCE, Way.BY_OUTCOME, Way.ABSORB, Way.REQUEST)),
    ("service_flag", False, (None, None, None, None)),
    ("service_flag", True, (Way.AT_ONCE, Way.BY_OUTCOME, Way.REQUEST, Way.REQUEST)),
    ("pending_or_service_flag", False, (Way.AT_ONCE, Way.BY_OUTCOME, None, None)),
    ("pending_or_service_flag", True, (Way.AT_ONCE, Way.BY_OUTCOME, Way.REQUEST, Way.REQUEST)),
]


class TestWhichWay:
    @pytest.mark.parametrize(("allowed", "can_cancel", "ways"), TABLE)
    def test_the_terms_and_the_service_decide(
        self,
        alice: User,
        followers: Service,
        allowed: str,
        can_cancel: bool,
        ways: tuple[Way | None, ...],
    ) -> None:
        order = placed(alice, followers, allowed, can_cancel=can_cancel)
        found = []
        for status in (Status.QUEUED, Status.UNCERTAIN, Status.PENDING, Status.IN_PROGRESS):
            order.status = status
            order.external_id = "7" if status in (Status.PENDING, Status.IN_PROGRESS) else None
            found.append(offers_of(order, at=timezone.now()).cancel.way)
        assert tuple(found) == ways

    def test_the_terms_are_those_of_the_order_not_of_today(
        self, alice: User, followers: Service
    ) -> None:
        order = placed(alice, followers, "pending")
        under(order_customer_cancel="never")
        assert ask(order, CANCEL).is_canceled

    def test_the_undo_time_holds_whatever_the_terms_say(
        self, alice: User, followers: Service
    ) -> None:
        order = placed(alice, followers, "never", can_cancel=False)
        Order.objects.filter(pk=order.pk).update(channel=Order.Channel.WEB)
        order.refresh_from_db()
        assert may_not(order, CANCEL) == ""
        Order.objects.update(status=Status.HELD)

    def test_what_has_ended_is_not_canceled(self, completed: Order) -> None:
        assert may_not(completed, CANCEL) == "ended"


class TestUnsent:
    def test_the_whole_charge_is_back_at_once_and_can_be_spent(
        self, alice: User, followers: Service
    ) -> None:
        order = placed(alice, followers, "pending")
        before = spendable_micros(customer_id=alice.pk)
        answer = ask(order, CANCEL)
        assert (answer.is_canceled, answer.follow_up_id) == (True, None)
        assert money(order) == (Status.CANCELED, order.charge_micros)
        assert spendable_micros(customer_id=alice.pk) == before + order.charge_micros
        assert factories.order(alice, service=followers, link=order.link).status == Status.QUEUED
        assert books_agree()

    def test_what_came_back_pays_for_the_next_order(self, alice: User, followers: Service) -> None:
        factories.fund(alice, factories.MICROS)
        assert ask(place(alice, followers), CANCEL).is_canceled
        again = place(alice, followers)
        assert again.charge_micros == factories.MICROS
        assert spendable_micros(customer_id=alice.pk) == 0

    def test_asked_twice_it_pays_back_once(self, alice: User, followers: Service) -> None:
        order = placed(alice, followers, "pending")
        assert [ask(order, CANCEL).is_canceled for _press in range(2)] == [True, True]
        assert money(order) == (Status.CANCELED, order.charge_micros)


class TestOnItsWay:
    """The outcome of the sending decides; until then nothing is sent again."""

    def on_its_way(self, order: Order) -> Attempt:
        attempt = forwarding.begin(order_id=order.pk, at=timezone.now())
        assert attempt is not None
        return attempt

    def finish(self, attempt: Attempt, outcome: Outcome) -> None:
        forwarding.finish(attempt=attempt, outcome=outcome, at=timezone.now())

    def test_nothing_ends_before_the_outcome_is_known(
        self, alice: User, followers: Service
    ) -> None:
        order = placed(alice, followers, "pending")
        self.on_its_way(order)
        cancel = answered(asked(order, CANCEL))
        assert (cancel.state, cancel.provider_id) == (State.ASKED, None)
        assert money(order) == (Status.SUBMITTING, 0)
        assert not FollowUp.objects.for_people().exists()

    def test_not_sent_it_is_not_sent_again_but_canceled(
        self, alice: User, followers: Service, upstream: DemoProvider
    ) -> None:
        order = placed(alice, followers, "pending")
        attempt = self.on_its_way(order)
        cancel = asked(order, CANCEL)
        self.finish(attempt, NotSent("dns"))
        later = timezone.now() + timedelta(hours=1)
        assert forwarding.begin(order_id=order.pk, at=later) is None
        assert order.pk not in sweeping.due_orders(at=later, most_per_provider=9)
        assert answered(cancel).state == State.DONE
        assert money(order) == (Status.CANCELED, order.charge_micros)
        assert upstream.counts() == {}

    def test_old_refills_do_not_stand_in_front_of_it(
        self, alice: User, completed: Order, followers: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(following, "ROWS_PER_TURN", 1)
        days_ago = timezone.now() - timedelta(days=4)
        refill = asked(completed, FollowUp.Kind.REFILL)
        FollowUp.objects.update(state=State.SENT, external_id="5", asked_at=days_ago)
        FollowUp.objects.update(due_at=days_ago + timedelta(days=3))
        order = placed(alice, followers, "pending")
        attempt = self.on_its_way(order)
        cancel = asked(order, CANCEL)
        self.finish(attempt, NotSent("dns"))
        assert answered(cancel).state == State.DONE
        assert money(order) == (Status.CANCELED, order.charge_micros)
        assert FollowUp.objects.open().get() == refill

    def test_accepted_it_becomes_a_request(
        self, alice: User, followers: Service, upstream: DemoProvider
    ) -> None:
        order = placed(alice, followers, "pending")
        attempt = self.on_its_way(order)
        cancel = asked(order, CANCEL)
        self.finish(attempt, forwarding.send(attempt))
        cancel = answered(cancel)
        assert (cancel.state, cancel.provider_id) == (State.ASKED, attempt.provider_id)
        assert pass_on(cancel).state == State.SENT
        order.refresh_from_db()
        assert reported(order).status == Status.CANCELED
        assert answered(cancel).state == State.DONE
        assert money(order) == (Status.CANCELED, order.charge_micros)

    def test_accepted_and_unstoppable_it_was_too_late(
        self, alice: User, followers: Service
    ) -> None:
        order = placed(alice, followers, "pending", can_cancel=False)
        attempt = self.on_its_way(order)
        cancel = asked(order, CANCEL)
        self.finish(attempt, Accepted("77"))
        cancel = answered(cancel)
        assert (cancel.state, cancel.reason) == (State.DECLINED, "too_late")
        assert money(order) == (Status.PENDING, 0)

    def test_accepted_under_absorbing_terms_it_ends_at_the_houses_cost(
        self, alice: User, followers: Service
    ) -> None:
        order = placed(alice, followers, "pending_absorb")
        attempt = self.on_its_way(order)
        cancel = asked(order, CANCEL)
        self.finish(attempt, Accepted("77"))
        assert answered(cancel).state == State.DONE
        assert money(order) == (Status.CANCELED, order.charge_micros)
        assert FollowUp.objects.open().get().asked_by is None
        assert books_agree()

    def test_in_doubt_staff_decide_and_the_request_follows(
        self, alice: User, olga: User, followers: Service
    ) -> None:
        order = placed(alice, followers, "pending")
        attempt = self.on_its_way(order)
        self.finish(attempt, OutcomeUnknown("reset"))
        cancel = asked(order, CANCEL)
        assert answered(cancel, after=timedelta(days=9)).state == State.ASKED
        decision = Decision(
            order_id=order.pk,
            submission_id=Submission.objects.get().pk,
            actor=olga,
            reason="their list does not have it",
            at=timezone.now(),
        )
        resolving.not_created(decision=decision)
        assert answered(cancel).reason == "taken_back"
        assert money(order) == (Status.CANCELED, order.charge_micros)


class TestWithTheProvider:
    def test_one_call_and_no_money_before_its_report(
        self, running: Order, upstream: DemoProvider
    ) -> None:
        cancel = asked(running, CANCEL)
        for _turn in range(3):
            cancel = pass_on(cancel)
        assert (cancel.state, calls(upstream, "cancel")) == (State.SENT, 1)
        assert money(running) == (Status.PENDING, 0)
        assert answered(cancel).state == State.SENT
        assert reported(running).status == Status.CANCELED
        assert answered(cancel).state == State.DONE
        assert money(running) == (Status.CANCELED, running.charge_micros)
        assert books_agree()

    def test_in_progress_it_is_a_request_and_pays_for_what_is_missing(
        self, running: Order, upstream: DemoProvider
    ) -> None:
        upstream.advance(360)
        assert reported(running).status == Status.IN_PROGRESS
        cancel = pass_on(asked(running, CANCEL))
        assert money(running) == (Status.IN_PROGRESS, 0)
        ended = reported(running)
        assert ended.status == Status.PARTIAL
        assert 0 < ended.refunded_micros < ended.charge_micros
        assert (answered(cancel).state, answered(cancel).reason) == (State.DONE, "order_partial")

    def test_delivered_meanwhile_it_is_declined(
        self, running: Order, upstream: DemoProvider
    ) -> None:
        cancel = asked(running, CANCEL)
        upstream.fault("answer", action="cancel", value='{"status": "success"}')
        pass_on(cancel)
        upstream.advance(601)
        assert reported(running).status == Status.COMPLETED
        cancel = answered(cancel)
        assert (cancel.state, cancel.reason) == (State.DECLINED, "order_completed")
        assert money(running) == (Status.COMPLETED, 0)

    def test_refused_the_order_goes_on_and_is_not_asked_about_again(
        self, running: Order, upstream: DemoProvider
    ) -> None:
        upstream.fault("error", action="cancel", value="Incorrect order ID")
        cancel = pass_on(asked(running, CANCEL))
        assert (cancel.state, cancel.reason) == (State.DECLINED, "refused")
        assert money(running) == (Status.PENDING, 0)
        assert may_not(running, CANCEL) == "asked_before"

    def test_without_an_answer_it_expires_and_the_order_goes_on(
        self, running: Order, upstream: DemoProvider
    ) -> None:
        upstream.fault("answer", action="cancel", value='{"status": "success"}')
        cancel = pass_on(asked(running, CANCEL))
        assert answered(cancel, after=timedelta(hours=23)).state == State.SENT
        assert answered(cancel, after=timedelta(hours=24)).state == State.EXPIRED
        assert money(running) == (Status.PENDING, 0)

    def test_a_number_is_called_back_once_whatever_code_forgets_it(self, running: Order) -> None:
        cancel = asked(running, CANCEL)
        FollowUp.objects.update(state=State.DECLINED, ended_at=timezone.now())
        with pytest.raises(IntegrityError, match="upstream_once"), transaction.atomic():
            FollowUp.objects.create(
                order=running,
                kind=CANCEL,
                asked_at=timezone.now(),
                due_at=timezone.now(),
                provider_id=cancel.provider_id,
                external_id=cancel.external_id,
            )

    def test_asked_twice_it_is_one_request(self, running: Order) -> None:
        assert ask(running, CANCEL) == ask(running, CANCEL)
        assert FollowUp.objects.count() == 1

    def test_where_its_provider_cannot_people_do_it(self, running: Order) -> None:
        assert running.offer is not None
        running.offer.can_cancel = False
        running.offer.save()
        cancel = asked(running, CANCEL)
        assert list(FollowUp.objects.for_people()) == [cancel]
        assert answered(cancel, after=timedelta(days=9)).state == State.ASKED


class TestAbsorbing:
    @pytest.fixture
    def pending(self, alice: User, followers: Service, upstream: DemoProvider) -> Order:
        return sent_to(placed(alice, followers, "pending_absorb"))

    def test_canceled_at_once_and_called_back_once(
        self, pending: Order, upstream: DemoProvider
    ) -> None:
        assert ask(pending, CANCEL).is_canceled
        assert money(pending) == (Status.CANCELED, pending.charge_micros)
        assert pending.absorbed_micros == pending.charge_micros
        mine = FollowUp.objects.get()
        assert mine.asked_by is None
        assert pass_on(pass_on(mine)).state == State.SENT
        assert calls(upstream, "cancel") == 1
        assert answered(mine).state == State.SENT  # ours, until the provider says so
        reported(pending)
        assert answered(mine).reason == "order_settled"
        assert books_agree()

    def test_it_mails_nobody_about_the_panels_own_request(
        self, pending: Order, upstream: DemoProvider
    ) -> None:
        Order.objects.filter(pk=pending.pk).update(channel=Order.Channel.WEB)
        ask(pending, CANCEL)
        pass_on(FollowUp.objects.get())
        reported(pending)
        answered(FollowUp.objects.get())
        assert not OutboundMail.objects.filter(key__startswith="follow-up").exists()

    def test_once_it_has_begun_it_is_a_request(
        self, pending: Order, upstream: DemoProvider
    ) -> None:
        upstream.advance(360)
        assert reported(pending).status == Status.IN_PROGRESS
        assert ask(pending, CANCEL).follow_up_id is not None
        assert money(pending) == (Status.IN_PROGRESS, 0)

    def test_what_was_called_back_before_is_absorbed_without_a_second_call(
        self, pending: Order
    ) -> None:
        with transaction.atomic():
            asking.call_back(order=pending, at=timezone.now())
        FollowUp.objects.update(state=State.DECLINED, ended_at=timezone.now())
        assert ask(pending, CANCEL).is_canceled
        assert FollowUp.objects.count() == 1

    def test_pressed_twice_it_costs_the_house_once(self, pending: Order) -> None:
        assert [ask(pending, CANCEL).is_canceled for _press in range(2)] == [True, True]
        pending.refresh_from_db()
        assert pending.absorbed_micros == pending.charge_micros
        assert FollowUp.objects.count() == 1


def test_the_answer_to_a_cancel_is_never_called_canceled(
    running: Order, upstream: DemoProvider
) -> None:
    cancel = pass_on(asked(running, CANCEL))
    assert reread(cancel).state == State.SENT
    assert running.events.filter(detail__to=Status.CANCELED).exists() is False
