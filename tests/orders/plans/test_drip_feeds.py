"""Drip-feeds that the panel runs itself (ORD-04). Rules: docs/plans.md, "Drip-feed"."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from orders import lifecycle
from orders.ending import canceling
from orders.followups.offers import offers_of
from orders.followups.reasons import Reason
from orders.models import Claim, DripFeed, FollowUp, Order, Role, Status
from orders.plans import drip_feeds
from services.models import Service
from services.providers.dialect import ReportState
from tests.factories import MICROS
from tests.orders.plans.planning import (
    accept,
    books_agree,
    drip_feed,
    dripping,
    lose,
    minutes,
    refuse,
    report,
    reread,
    run_to,
    runs_of,
    sweep,
)
from tests.wallet.disputing import publish
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db

COMPLETED, PARTIAL, CANCELED = ReportState.COMPLETED, ReportState.PARTIAL, ReportState.CANCELED


def test_a_thousand_in_each_of_five_runs_are_priced_once_and_sent_five_times(alice: User) -> None:
    """ORD-04 as its row has it: quantity 1000, runs 5, interval 60."""
    parent = drip_feed(alice, quantity=1000, runs=5, interval=60)
    assert (parent.role, parent.charge_micros, parent.units) == (Role.DRIP_FEED, 5 * MICROS, 5000)
    start = timezone.now()
    for number in range(5):
        run_to(parent, COMPLETED, at=start + minutes(60 * number))
    runs = runs_of(parent)
    assert [run.run_number for run in runs] == [1, 2, 3, 4, 5]
    assert [(run.quantity, run.charge_micros) for run in runs] == [(1000, 0)] * 5
    assert reread(parent).status == Status.COMPLETED
    assert reread(parent).refunded_micros == 0
    assert books_agree()


def test_each_run_goes_to_the_provider_as_a_plain_order(alice: User) -> None:
    parent = drip_feed(alice, quantity=250)
    sweep()
    run = accept(runs_of(parent)[0])
    sent = run.submissions.get().request
    assert (sent["quantity"], sent["link"]) == ("250", parent.link)
    assert not {"runs", "interval"} & sent.keys()


def test_the_order_itself_is_never_sent(alice: User) -> None:
    parent = accept(drip_feed(alice))
    assert parent.status == Status.QUEUED
    assert not parent.submissions.exists()


def test_the_time_to_take_it_back_comes_first(alice: User) -> None:
    parent = drip_feed(alice, channel=Order.Channel.WEB)
    sweep()
    assert reread(parent).status == Status.QUEUED
    sweep(at=parent.not_before)
    assert reread(parent).status == Status.IN_PROGRESS
    assert len(runs_of(parent)) == 1


def test_taken_back_in_time_it_gives_everything_back_and_never_begins(alice: User) -> None:
    parent = drip_feed(alice, channel=Order.Channel.WEB)
    before = spendable_micros(customer_id=alice.pk)
    canceling.cancel(order_id=parent.pk, customer_id=alice.pk, at=timezone.now())
    sweep(at=parent.not_before + minutes(1))
    assert reread(parent).status == Status.CANCELED
    assert spendable_micros(customer_id=alice.pk) == before + parent.charge_micros
    assert runs_of(parent) == []


def test_a_run_waits_for_its_time(alice: User) -> None:
    parent = drip_feed(alice, interval=60)
    start = timezone.now()
    run_to(parent, COMPLETED, at=start)
    sweep(at=start + minutes(59))
    assert len(runs_of(parent)) == 1
    sweep(at=start + minutes(61))
    assert len(runs_of(parent)) == 2


def test_a_run_waits_for_the_one_before_it(alice: User) -> None:
    parent = drip_feed(alice, interval=60)
    sweep()
    first = accept(runs_of(parent)[0])
    later = timezone.now() + minutes(200)
    sweep(at=later)
    assert len(runs_of(parent)) == 1
    report(first, COMPLETED, at=later)
    sweep(at=later)
    assert len(runs_of(parent)) == 2


def test_a_run_that_nobody_is_sure_of_stops_the_plan_until_it_is_decided(alice: User) -> None:
    parent = drip_feed(alice, interval=1)
    sweep()
    assert lose(runs_of(parent)[0]).status == Status.UNCERTAIN
    sweep(at=timezone.now() + timedelta(days=2))
    assert len(runs_of(parent)) == 1
    assert reread(parent).refunded_micros == 0


def test_runs_do_not_count_as_a_second_order_on_the_link(alice: User) -> None:
    service = dripping()
    parent = drip_feed(alice, service=service, link="https://example.com/p/same")
    sweep()
    assert runs_of(parent)[0].link_key == parent.link_key


def test_a_partial_run_gives_its_share_back_at_once(alice: User) -> None:
    parent = drip_feed(alice, quantity=1000, runs=5)
    run_to(parent, PARTIAL, remains=400)
    parent = reread(parent)
    assert parent.status == Status.IN_PROGRESS
    assert parent.refunded_micros == 400_000
    assert parent.remains == 4400
    assert books_agree()


def test_a_canceled_run_gives_the_whole_run_back(alice: User) -> None:
    parent = drip_feed(alice, quantity=1000, runs=5)
    run_to(parent, CANCELED, remains=400)
    assert reread(parent).refunded_micros == MICROS


def test_a_refused_run_counts_as_undelivered_and_the_next_one_goes(alice: User) -> None:
    parent = drip_feed(alice, quantity=1000, runs=2, interval=10)
    start = timezone.now()
    sweep(at=start)
    refuse(runs_of(parent)[0])
    sweep()
    assert reread(parent).refunded_micros == MICROS
    run_to(parent, COMPLETED, at=start + minutes(11))
    assert reread(parent).status == Status.PARTIAL
    assert reread(parent).net_charge_micros == MICROS


def test_all_refused_is_canceled_with_everything_back(alice: User) -> None:
    parent = drip_feed(alice, runs=2, interval=1)
    for number in range(2):
        sweep(at=timezone.now() + minutes(2 * number))
        refuse(runs_of(parent)[-1])
    sweep()
    parent = reread(parent)
    assert parent.status == Status.CANCELED
    assert parent.refunded_micros == parent.charge_micros
    assert books_agree()


def test_rounding_never_gives_back_more_than_was_paid(alice: User) -> None:
    """Three runs of 10 at 0.333 per 1000: 9990 millionths in all, each run a third."""
    parent = drip_feed(alice, quantity=10, runs=3, interval=1, service=dripping(rate_micros=333))
    assert parent.charge_micros == 10
    for _number in range(3):
        run_to(parent, PARTIAL, remains=5)
    assert reread(parent).refunded_micros == 5
    assert books_agree()


def test_a_shortfall_admitted_after_the_end_is_paid_back_too(alice: User) -> None:
    parent = drip_feed(alice, quantity=1000, runs=2, interval=1)
    first = run_to(parent, COMPLETED)
    run_to(parent, COMPLETED)
    assert reread(parent).status == Status.COMPLETED
    report(first, PARTIAL, remains=250)
    sweep()
    assert reread(parent).status == Status.PARTIAL
    assert reread(parent).refunded_micros == 250_000
    report(first, PARTIAL, remains=300)
    sweep()
    assert reread(parent).refunded_micros == 300_000
    assert books_agree()


def test_a_target_never_falls(alice: User) -> None:
    parent = drip_feed(alice, quantity=1000, runs=2, interval=1)
    run = run_to(parent, PARTIAL, remains=400)
    report(run, PARTIAL, remains=100)
    sweep()
    assert reread(parent).refunded_micros == 400_000


def test_stopping_gives_back_what_never_began_and_lets_the_running_run_end(alice: User) -> None:
    parent = drip_feed(alice, quantity=1000, runs=5)
    sweep()
    run = accept(runs_of(parent)[0])
    assert drip_feeds.left_micros(order=reread(parent)) == 4 * MICROS
    drip_feeds.stop(order_id=parent.pk, customer_id=alice.pk, at=timezone.now())
    parent = reread(parent)
    assert (parent.status, parent.refunded_micros) == (Status.IN_PROGRESS, 4 * MICROS)
    asked = FollowUp.objects.get(order=run)
    assert (asked.kind, asked.asked_by_id) == (FollowUp.Kind.CANCEL, None)
    report(run, PARTIAL, remains=300)
    sweep(at=timezone.now() + timedelta(days=1))
    assert len(runs_of(parent)) == 1
    assert reread(parent).status == Status.PARTIAL
    assert reread(parent).net_charge_micros == 700_000
    assert books_agree()


def test_a_running_run_that_cannot_be_stopped_is_not_asked_to(alice: User) -> None:
    parent = drip_feed(alice, service=dripping(can_cancel=False))
    sweep()
    accept(runs_of(parent)[0])
    drip_feeds.stop(order_id=parent.pk, customer_id=alice.pk, at=timezone.now())
    assert not FollowUp.objects.exists()


def test_a_run_that_is_not_sent_yet_is_stopped_with_its_plan(alice: User) -> None:
    parent = drip_feed(alice, quantity=1000, runs=3)
    sweep()
    drip_feeds.stop(order_id=parent.pk, customer_id=alice.pk, at=timezone.now())
    parent = reread(parent)
    assert runs_of(parent)[0].status == Status.CANCELED
    assert (parent.status, parent.refunded_micros) == (Status.CANCELED, parent.charge_micros)


def test_a_stranger_stops_nothing(alice: User, bob: User) -> None:
    parent = drip_feed(alice)
    sweep()
    with pytest.raises(Order.DoesNotExist):
        drip_feeds.stop(order_id=parent.pk, customer_id=bob.pk, at=timezone.now())


def test_what_has_no_run_left_cannot_be_stopped(alice: User) -> None:
    parent = drip_feed(alice, runs=2, interval=1)
    for _number in range(2):
        run_to(parent, COMPLETED)
    with pytest.raises(drip_feeds.NothingToStop):
        drip_feeds.stop(order_id=parent.pk, customer_id=alice.pk, at=timezone.now())


def test_somebody_who_may_not_order_gets_no_further_run(alice: User) -> None:
    parent = drip_feed(alice, interval=1)
    run_to(parent, COMPLETED)
    count = len(runs_of(parent))
    User.objects.filter(pk=alice.pk).update(is_active=False, standing=User.Standing.SUSPENDED)
    sweep(at=timezone.now() + timedelta(days=1))
    assert len(runs_of(parent)) == count
    assert DripFeed.objects.get(order=parent).next_run_at is not None


def test_a_frozen_account_gets_no_run_until_it_is_lifted(alice: User) -> None:
    first = drip_feed(alice, interval=1)
    run_to(first, COMPLETED)
    second = drip_feed(alice, interval=1)
    frozen = User.objects.filter(pk=alice.pk)
    frozen.update(frozen_at=timezone.now())
    tomorrow = timezone.now() + timedelta(days=1)
    before = len(runs_of(first))
    sweep(at=tomorrow)
    assert (len(runs_of(first)), runs_of(second)) == (before, [])
    frozen.update(frozen_at=None)
    sweep(at=tomorrow)
    assert len(runs_of(first)) == before + 1


def test_a_run_goes_to_whoever_sells_the_service_when_it_begins(alice: User) -> None:
    service = dripping()
    parent = drip_feed(alice, service=service, interval=1)
    run_to(parent, COMPLETED)
    other = dripping().provider_service
    Service.objects.filter(pk=service.pk).update(provider_service=other)
    run_to(parent, COMPLETED)
    assert [run.offer for run in runs_of(parent)] == [service.provider_service, other]


def test_what_staff_have_ended_begins_no_further_run(alice: User) -> None:
    parent = drip_feed(alice, runs=3, interval=1)
    run_to(parent, COMPLETED)
    with transaction.atomic():
        lifecycle.cancel_in_full(
            order=Order.objects.select_for_update().get(pk=parent.pk), at=timezone.now()
        )
    sweep(at=timezone.now() + timedelta(days=1))
    assert len(runs_of(parent)) == 1
    assert DripFeed.objects.get(order=parent).next_run_at is None
    assert reread(parent).refunded_micros == parent.charge_micros
    assert books_agree()


def test_partial_refunds_that_are_left_to_staff_become_one_claim(alice: User) -> None:
    """REF-06: canceled and never begun runs come back by themselves, parts of runs by staff."""
    publish(order_partial_refund="manual")
    parent = drip_feed(alice, quantity=1000, runs=3, interval=1)
    run_to(parent, PARTIAL, remains=400)
    run_to(parent, CANCELED)
    run_to(parent, PARTIAL, remains=100)
    parent = reread(parent)
    assert (parent.status, parent.refunded_micros) == (Status.PARTIAL, MICROS)
    claim = Claim.objects.get()
    assert (claim.order_id, claim.suggested_micros) == (parent.pk, 1_500_000)
    assert books_agree()


def test_who_wants_it_faster_asks_about_a_run(alice: User) -> None:
    parent = drip_feed(alice)
    sweep()
    run = accept(runs_of(parent)[0])
    now = timezone.now()
    assert offers_of(reread(parent), at=now).speed_up.reason == Reason.BY_RUN
    assert offers_of(run, at=now).speed_up.is_on
