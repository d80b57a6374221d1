"""One call ever for each request: lost answers, lost workers, and the twin without the guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.utils import timezone

from accounts import switches
from accounts.models import KillSwitch, User
from orders.followups import clocks, sending
from orders.models import FollowUp, Order
from services.models import Provider, Service
from services.providers.errors import NotSent, OutcomeUnknown
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.orders.followups.acts import answered, asked, calls, pass_on, reported, reread, sent_to

pytestmark = pytest.mark.django_db
Kind, State = FollowUp.Kind, FollowUp.State
AFTER_THE_LEASE = timedelta(seconds=sending.LEASE_SECONDS + 1)


@pytest.fixture
def cancel(running: Order) -> FollowUp:
    return asked(running, Kind.CANCEL)


def begin(follow_up: FollowUp) -> sending.Call:
    call = sending.begin(follow_up_id=follow_up.pk, at=timezone.now())
    assert call is not None
    return call


def finish(call: sending.Call, outcome: sending.Outcome) -> None:
    sending.finish(call=call, outcome=outcome, at=timezone.now())


class TestWhatTheAnswerProves:
    @pytest.mark.parametrize("kind", ["drop", "truncated", "html", "empty", "http_error"])
    def test_an_answer_that_got_lost_is_never_asked_for_again(
        self, cancel: FollowUp, upstream: DemoProvider, kind: str
    ) -> None:
        upstream.fault(kind, action="cancel", stage="after")
        assert pass_on(cancel).state == State.UNCERTAIN
        for _turn in range(3):
            pass_on(cancel)
        assert calls(upstream, "cancel") == 1

    def test_a_lost_answer_is_found_in_the_orders_report(
        self, cancel: FollowUp, running: Order, upstream: DemoProvider
    ) -> None:
        upstream.fault("drop", action="cancel", stage="after")
        pass_on(cancel)
        reported(running)
        assert answered(cancel).state == State.DONE

    def test_a_refill_whose_answer_got_lost_waits_for_people(
        self, completed: Order, upstream: DemoProvider
    ) -> None:
        upstream.fault("drop", action="refill", stage="after")
        refill = pass_on(asked(completed, Kind.REFILL))
        assert refill.state == State.UNCERTAIN
        assert list(FollowUp.objects.for_people()) == [refill]
        assert answered(refill, after=timedelta(days=60)).state == State.UNCERTAIN

    def test_an_unknown_complaint_is_a_doubt_and_evidence(
        self, cancel: FollowUp, upstream: DemoProvider
    ) -> None:
        upstream.fault("error", action="cancel", value="The moon is full")
        cancel = pass_on(cancel)
        assert cancel.state == State.UNCERTAIN
        assert "The moon is full" in cancel.excerpt

    def test_what_provably_was_not_sent_waits_longer_each_time(
        self, cancel: FollowUp, upstream: DemoProvider
    ) -> None:
        upstream.fault("rate_limited", action="cancel", seconds=7)
        waiting = pass_on(cancel)
        assert waiting.state == State.ASKED
        assert waiting.not_before is not None
        assert pass_on(cancel).state == State.ASKED  # not yet
        FollowUp.objects.update(not_before=timezone.now())
        assert pass_on(cancel).state == State.SENT
        asked_at = cancel.asked_at
        pauses = [
            clocks.next_try_at(asked_at=asked_at, at=asked_at + age, wish_seconds=None)
            - (asked_at + age)
            for age in (timedelta(0), timedelta(minutes=4), timedelta(days=1))
        ]
        minutes = [pause / timedelta(minutes=1) for pause in pauses]
        assert minutes == [pytest.approx(1 / 6), 4, 15]

    def test_a_refusal_of_our_account_pauses_the_provider(
        self, cancel: FollowUp, upstream: DemoProvider, provider_row: Provider
    ) -> None:
        upstream.fault("unauthorized", action="cancel")
        assert pass_on(cancel).state == State.ASKED
        provider_row.refresh_from_db()
        assert provider_row.is_paused
        FollowUp.objects.update(not_before=None)
        assert pass_on(cancel).state == State.ASKED
        assert calls(upstream, "cancel") == 1

    def test_nothing_is_sent_while_forwarding_is_switched_off(
        self, cancel: FollowUp, upstream: DemoProvider, olga: User
    ) -> None:
        switches.switch_off(part=KillSwitch.Part.FORWARDING, reason="Looking into it", actor=olga)
        cache.clear()
        assert sending.providers_with_due(at=timezone.now()) == []
        assert pass_on(cancel).state == State.ASKED
        assert calls(upstream, "cancel") == 0

    def test_nothing_is_sent_in_a_dialect_that_cannot_be_used(
        self, cancel: FollowUp, upstream: DemoProvider
    ) -> None:
        Provider.objects.update(dialect_preset="klingon")
        assert pass_on(cancel).state == State.ASKED
        assert calls(upstream, "cancel") == 0

    def test_after_a_doubt_the_rest_of_the_turn_waits(
        self, alice: User, followers: Service, upstream: DemoProvider
    ) -> None:
        orders = [sent_to(factories.order(alice, service=followers)) for _number in range(3)]
        for order in orders:
            asked(order, Kind.CANCEL)
        upstream.fault("empty", action="cancel")
        assert sending.send_due(provider_id=orders[0].provider_id or 0) == 1
        assert sending.send_due(provider_id=orders[0].provider_id or 0) == 2


class TestLostWorkers:
    def test_one_that_dies_leaves_a_doubt_and_never_a_second_call(
        self, cancel: FollowUp, upstream: DemoProvider
    ) -> None:
        sending.send(begin(cancel))  # and dies before it writes the answer
        assert sending.begin(follow_up_id=cancel.pk, at=timezone.now()) is None
        later = timezone.now() + AFTER_THE_LEASE
        assert sending.sweep_expired_leases(at=later) == 1
        assert sending.sweep_expired_leases(at=later) == 0
        assert pass_on(cancel).state == State.UNCERTAIN
        assert calls(upstream, "cancel") == 1

    def test_a_late_yes_still_counts_and_a_late_no_does_not(self, cancel: FollowUp) -> None:
        call = begin(cancel)
        sending.sweep_expired_leases(at=timezone.now() + AFTER_THE_LEASE)
        finish(call, NotSent("dns"))
        finish(call, OutcomeUnknown("reset"))
        assert reread(cancel).state == State.UNCERTAIN
        finish(call, sending.Taken())
        assert reread(cancel).state == State.SENT

    def test_past_the_fence_nothing_leaves(self, cancel: FollowUp, upstream: DemoProvider) -> None:
        late = replace(begin(cancel), send_not_after=0.0)
        outcome = sending.send(late)
        assert isinstance(outcome, NotSent)
        finish(late, outcome)
        assert (reread(cancel).state, calls(upstream, "cancel")) == (State.ASKED, 0)

    def test_an_answer_survives_a_database_that_is_away(
        self, cancel: FollowUp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, tries = sending.finish, iter([OperationalError, None])

        def moody(**kwargs: object) -> None:
            if (error := next(tries)) is not None:
                raise error
            real(**kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr("orders.sending.patience.PAUSES_SECONDS", (0.0, 0.0))
        monkeypatch.setattr(connection, "close", lambda: None)
        monkeypatch.setattr(sending, "finish", moody)
        assert pass_on(cancel).state == State.SENT

    def test_a_provider_that_hangs_holds_two_calls(
        self, alice: User, followers: Service, upstream: DemoProvider
    ) -> None:
        requests = [
            asked(sent_to(factories.order(alice, service=followers)), Kind.CANCEL)
            for _number in range(3)
        ]
        begun = [
            sending.begin(follow_up_id=one.pk, at=timezone.now()) is not None for one in requests
        ]
        assert begun == [True, True, False]

    def test_without_the_guard_a_lost_worker_means_a_second_call(
        self, completed: Order, upstream: DemoProvider
    ) -> None:
        """What open panels do: ask for what is not marked as asked, and mark it afterwards."""
        refill = asked(completed, Kind.REFILL)
        sending.send(begin(refill))  # dies here
        FollowUp.objects.filter(pk=refill.pk).update(state=State.ASKED, lease_until=None)
        pass_on(refill)
        assert calls(upstream, "refill") == 2


def test_the_provider_learns_a_number_and_nothing_else(
    cancel: FollowUp, running: Order, upstream: DemoProvider, alice: User
) -> None:
    pass_on(cancel)
    request = upstream.requests()[-1]
    assert request["fields"].keys() == {"key", "action", "order", "orders"}
    assert request["fields"]["order"] == request["fields"]["orders"] == running.external_id
    assert alice.email not in str(request)
