"""What the panel itself calls back: orders of a reversed payment (CHB-02), and orders that a
provider turned out to have after they were given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Case, OutboundMail, User
from orders.ending import statuses
from orders.ending.statuses import Wanted
from orders.followups import following, orphans, recalling, stopping
from orders.models import FollowUp, Order, Orphan, Status
from orders.plans import drip_feeds
from orders.sending import forwarding
from services.models import Service
from services.providers.dialect import ReportState
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.orders.ending.claiming import acting
from tests.orders.followups.acts import answered, calls, pass_on, reported, reread, sent_to
from tests.orders.plans.planning import (
    accept,
    books_agree,
    drip_feed,
    dripping,
    lose,
    run_to,
    runs_of,
)
from tests.orders.plans.subscribing import subscribed
from tests.wallet.disputing import disputed, publish, topped_up
from wallet import verification

pytestmark = pytest.mark.django_db
State = FollowUp.State


def sweep() -> int:
    return stopping.call_back_reversed(at=timezone.now())


class TestReversedPayments:
    @pytest.fixture(autouse=True)
    def _all_end(self, terms: None) -> None:
        publish(chargeback_cancel_orders="all")

    def test_what_its_provider_can_stop_is_called_back_once(
        self, alice: User, followers: Service, upstream: DemoProvider
    ) -> None:
        deposit = topped_up(alice, 10)
        order = sent_to(factories.order(alice, service=followers))
        disputed(deposit)
        assert [sweep(), sweep()] == [1, 0]
        mine = FollowUp.objects.get()
        assert mine.asked_by is None
        pass_on(pass_on(mine))
        assert calls(upstream, "cancel") == 1
        order.refresh_from_db()
        assert (order.status, order.refunded_micros) == (Status.PENDING, 0)
        assert reported(order).status == Status.CANCELED
        assert answered(mine).state == State.DONE
        assert not Case.objects.filter(kind=Case.Kind.ORDER_REVIEW).exists()
        assert not OutboundMail.objects.filter(key__startswith="follow-up").exists()

    def test_the_rest_is_a_case_for_staff(
        self, alice: User, followers: Service, views: Service
    ) -> None:
        deposit = topped_up(alice, 10)
        stoppable = sent_to(factories.order(alice, service=followers))
        other = sent_to(factories.order(alice, service=views))
        dispute = disputed(deposit)
        sweep()
        case = Case.objects.get(kind=Case.Kind.ORDER_REVIEW)
        assert case.key == f"{dispute.reference}:orders"
        assert case.detail.endswith(f": {other.pk}.")
        assert FollowUp.objects.get().order == stoppable

    def test_what_its_customer_has_asked_for_is_not_asked_for_again(
        self, alice: User, running: Order
    ) -> None:
        deposit = topped_up(alice, 10)
        disputed(deposit)
        assert sweep() == 1
        FollowUp.objects.update(state=State.DECLINED, ended_at=timezone.now())
        assert sweep() == 0

    def test_the_service_as_it_was_sold_does_not_matter(
        self, alice: User, followers: Service
    ) -> None:
        """It is the panel that asks: what its provider can do counts."""
        Service.objects.update(can_cancel=False)
        followers.refresh_from_db()
        sent_to(factories.order(alice, service=followers))
        disputed(topped_up(alice, 10))
        assert sweep() == 1


class TestEndedByPeople:
    """What staff end while a provider has it; REF-03 pays it all back at once."""

    def put(self, order: Order, to: Status, by: User, **more: Any) -> None:
        order.refresh_from_db()
        wanted = Wanted(
            to=to,
            note="As it was agreed.",
            seen_status=order.status,
            seen_micros=order.refunded_micros,
            cancel_reason="unavailable" if to == Status.CANCELED else "",
            **more,
        )
        statuses.set_status(order_id=order.pk, wanted=wanted, actor=acting(by))
        order.refresh_from_db()

    def called_back(self) -> int:
        return recalling.call_back(at=timezone.now())

    @pytest.mark.parametrize("remains", [None, 300])
    def test_what_was_in_progress_is_called_back_once(
        self, running: Order, upstream: DemoProvider, olga: User, remains: int | None
    ) -> None:
        upstream.advance(360)
        assert reported(running).status == Status.IN_PROGRESS
        to = Status.PARTIAL if remains else Status.CANCELED
        self.put(running, to, olga, remains=remains)
        before = running.refunded_micros
        assert [self.called_back(), self.called_back()] == [1, 0]
        mine = answered(FollowUp.objects.get())
        assert mine.state == State.ASKED  # its own end is no answer
        mine = pass_on(pass_on(mine))
        assert (calls(upstream, "cancel"), answered(mine).state) == (1, State.DONE)
        running.refresh_from_db()
        assert running.refunded_micros == before > 0

    def test_what_cannot_be_stopped_or_was_completed_is_left_alone(
        self, alice: User, running: Order, views: Service, olga: User, upstream: DemoProvider
    ) -> None:
        other = sent_to(factories.order(alice, service=views))
        upstream.advance(360)
        assert reported(other).status == Status.IN_PROGRESS
        self.put(other, Status.CANCELED, olga)
        reported(running)
        self.put(running, Status.COMPLETED, olga)
        assert self.called_back() == 0

    def test_what_its_provider_had_ended_is_not_called_back(
        self, completed: Order, olga: User
    ) -> None:
        self.put(completed, Status.CANCELED, olga)
        assert completed.net_charge_micros == 0
        assert self.called_back() == 0

    def test_a_pending_subscription_is_no_loss_of_the_house(self, alice: User, olga: User) -> None:
        plan = subscribed(alice, posts=5)
        self.put(plan, Status.CANCELED, olga)
        assert (plan.net_charge_micros, plan.absorbed_micros) == (0, 0)
        assert self.called_back() == 1
        assert books_agree()

    def test_a_run_that_is_under_way_is_called_back(self, alice: User, olga: User) -> None:
        offer = factories.offer(can_cancel=True)
        plan = drip_feed(alice, runs=2, service=dripping(provider_service=offer))
        run_to(plan, ReportState.COMPLETED)
        drip_feeds.run_due(at=timezone.now() + timedelta(days=1))
        run = accept(runs_of(plan)[-1])
        self.put(plan, Status.CANCELED, olga)
        drip_feeds.run_due(at=timezone.now())
        assert self.called_back() == 1
        assert FollowUp.objects.get().order == run

    def test_a_run_that_comes_back_unsent_is_not_sent_again(self, alice: User, olga: User) -> None:
        plan = drip_feed(alice, runs=2)
        run_to(plan, ReportState.COMPLETED)
        drip_feeds.run_due(at=timezone.now() + timedelta(days=1))
        run = lose(runs_of(plan)[-1])
        self.put(plan, Status.CANCELED, olga)
        Order.objects.filter(pk=run.pk).update(status=Status.QUEUED, not_before=timezone.now())
        assert forwarding.begin(order_id=run.pk, at=timezone.now()) is None
        recalling.stop_unsent_runs(at=timezone.now())
        run.refresh_from_db()
        assert run.status == Status.CANCELED


class TestOrphans:
    @pytest.fixture
    def lost(self, running: Order) -> Orphan:
        """An order that was given up and paid back, and that its provider has after all."""
        assert running.provider_id is not None
        lost = Orphan(
            provider_id=running.provider_id,
            external_id=running.external_id or "",
            order=running,
            found_at=timezone.now(),
        )
        lost.save()
        Order.objects.filter(pk=running.pk).update(status=Status.CANCELED, external_id=None)
        return lost

    def called_back(self) -> FollowUp:
        orphans.call_back(at=timezone.now())
        return FollowUp.objects.get()

    def followed(self, follow_up: FollowUp) -> FollowUp:
        FollowUp.objects.update(next_poll_at=timezone.now())
        for provider_id in following.providers_with_due(at=timezone.now()):
            orphans.poll(provider_id=provider_id, at=timezone.now())
        return reread(follow_up)

    def test_each_is_called_back_once(self, lost: Orphan, upstream: DemoProvider) -> None:
        mine = pass_on(pass_on(self.called_back()))
        assert orphans.call_back(at=timezone.now()) == 0
        lost.refresh_from_db()
        assert (mine.state, lost.state) == (State.SENT, Orphan.State.CANCEL_ASKED)
        (request,) = [one for one in upstream.requests() if one["fields"]["action"] == "cancel"]
        assert request["fields"]["orders"] == lost.external_id

    def test_its_own_report_closes_it_and_moves_no_money(self, lost: Orphan) -> None:
        mine = pass_on(self.called_back())
        assert answered(mine).state == State.SENT  # its order's end is no answer
        assert self.followed(mine).state == State.DONE
        lost.refresh_from_db()
        assert lost.state == Orphan.State.CLOSED
        assert lost.order is not None
        assert lost.order.refunded_micros == 0

    def test_delivered_all_the_same_it_is_closed_too(
        self, lost: Orphan, upstream: DemoProvider
    ) -> None:
        upstream.fault("answer", action="cancel", value='{"status": "success"}')
        mine = pass_on(self.called_back())
        upstream.advance(601)
        assert self.followed(mine).state == State.DECLINED

    def test_without_an_answer_the_clock_ends_it(
        self, lost: Orphan, upstream: DemoProvider
    ) -> None:
        upstream.fault("drop", action="cancel", stage="after")
        mine = pass_on(self.called_back())
        assert mine.state == State.UNCERTAIN
        assert answered(mine, after=timedelta(hours=25)).state == State.EXPIRED

    def test_one_that_is_nobodys_or_cannot_be_stopped_stays_with_staff(self, lost: Orphan) -> None:
        assert lost.order is not None
        assert lost.order.offer is not None
        lost.order.offer.can_cancel = False
        lost.order.offer.save()
        Orphan.objects.create(provider=lost.provider, external_id="987654", found_at=timezone.now())
        assert orphans.call_back(at=timezone.now()) == 0
        assert Orphan.objects.filter(state=Orphan.State.OPEN).count() == 2


def test_the_books_agree_after_a_call_back(
    alice: User, followers: Service, upstream: DemoProvider
) -> None:
    publish(chargeback_cancel_orders="all")
    deposit = topped_up(alice, 10)
    order = sent_to(factories.order(alice, service=followers))
    disputed(deposit)
    sweep()
    pass_on(FollowUp.objects.get())
    reported(order)
    answered(FollowUp.objects.get())
    assert all(finding.is_ok for finding in verification.verify())


def test_what_the_house_waits_for_is_found_without_reading_all_orders() -> None:
    rows = recalling._absorbed().order_by("pk").values_list("pk", flat=True)[: recalling.MOST]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert " orders_order_owed" in rows.explain()
