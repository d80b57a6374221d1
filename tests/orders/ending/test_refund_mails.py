"""One mail for each refund, with its amount and its arithmetic, however often the sweep runs and
wherever it is killed (REF-07, REF-16, REF-18, ORD-03)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import mail
from accounts.models import OutboundMail, User
from orders import lifecycle
from orders.ending import claim_decisions, refund_mails
from orders.models import Order, Status
from orders.placing import reviewing
from orders.plans import drip_feeds
from services.providers import client
from services.providers.dialect import ReportState
from smmpanel.beat import PERIODS_SECONDS
from tests.databases import TestDatabase
from tests.factories import MICROS, fund, service
from tests.factories import order as placed_order
from tests.orders.ending.claiming import UNDER_WAY, acting, claim_of, gone, later
from tests.orders.pages import walk
from tests.orders.placing.asking import block, place
from tests.orders.plans.planning import accept, drip_feed, run_to, runs_of
from tests.orders.plans.planning import sweep as plans_sweep
from tests.orders.plans.subscribing import Upstream, say, subscribed
from tests.races import at_once


def sweep() -> int:
    return refund_mails.tell(at=timezone.now())


def on_the_web(order: Order) -> Order:
    """As if the customer had placed it on the pages."""
    from_web = {"channel": Order.Channel.WEB}
    Order.objects.filter(pk=order.pk).update(**from_web)
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def partial(alice: User) -> Order:
    order = on_the_web(gone(alice, *UNDER_WAY, quantity=4000))
    return walk(order, Status.PARTIAL, remains=1000)


def test_a_partial_refund_is_told_with_its_arithmetic(partial: Order, alice: User) -> None:
    assert sweep() == 1
    told = OutboundMail.objects.get()
    assert told.recipient == alice.email
    assert told.subject == f"$1.00 back to your balance: order {partial.pk}"
    assert "$4.00 × 1,000 ÷ 4,000 = $1.00" in told.body
    assert "went back to your balance" in told.body
    assert "The order ended before all of it was delivered." in told.body


def test_a_second_sweep_tells_nothing(partial: Order) -> None:
    assert (sweep(), sweep()) == (1, 0)
    assert OutboundMail.objects.count() == 1


def test_a_refund_that_grows_is_a_mail_of_its_own(partial: Order) -> None:
    sweep()
    walk(partial, Status.CANCELED)
    assert sweep() == 1
    first, second = OutboundMail.objects.order_by("pk")
    assert second.subject.startswith("$3.00 back")
    assert "With this, $4.00 of the order's charge have come back in all." in second.body
    assert "in all" not in first.body


def test_two_refunds_before_a_sweep_are_two_mails(partial: Order) -> None:
    walk(partial, Status.CANCELED, at=timezone.now() + timedelta(minutes=1))
    assert sweep() == 1
    amounts = [told.subject.partition(" ")[0] for told in OutboundMail.objects.order_by("pk")]
    assert amounts == ["$1.00", "$3.00"]


def test_a_refusal_says_why_in_plain_words(alice: User) -> None:
    order = on_the_web(placed_order(alice))
    walk(order, Status.SUBMITTING)
    held = Order.objects.get(pk=order.pk)
    lifecycle.cancel_in_full(order=held, at=timezone.now(), reason="refused")
    sweep()
    assert "The order could not be accepted for delivery." in OutboundMail.objects.get().body


def test_it_is_in_the_outbox_and_out_within_a_minute() -> None:
    assert PERIODS_SECONDS["orders.tasks.tell_refunds"] <= 20
    assert PERIODS_SECONDS["accounts.tasks.send_due_mails"] <= 20


def test_a_granted_claim_is_told_as_one(alice: User, olga: User) -> None:
    order = on_the_web(gone(alice, *UNDER_WAY, Status.COMPLETED))
    claim_decisions.approve(
        claim_id=claim_of(order).pk,
        amount_micros=123_456,
        seen_micros=0,
        note="Fair.",
        actor=acting(olga),
    )
    sweep()
    told = OutboundMail.objects.get()
    assert "$0.123456 back" in told.subject
    assert "Your claim was approved." in told.body
    assert "÷" not in told.body


def told_of(order: Order) -> str:
    sweep()
    return OutboundMail.objects.get(key__contains=":refund:", recipient=order.customer.email).body


def test_what_staff_do_not_take_is_told_as_that(alice: User, olga: User) -> None:
    fund(alice, 10 * MICROS)
    block("casino")
    order = place(alice, service(), link="https://example.com/casino")
    reviewing.refuse(
        order_id=order.pk, actor=olga, reason="The link names a game.", at=timezone.now()
    )
    assert "Our staff looked at the order and did not take it." in told_of(order)


def test_a_run_that_ends_early_is_the_reason_of_its_plan(alice: User) -> None:
    order = on_the_web(drip_feed(alice))
    run_to(order, ReportState.PARTIAL, remains=40)
    assert "A run ended before all of it was delivered." in told_of(order)


@pytest.mark.parametrize("is_under_way", [True, False])
def test_a_drip_feed_that_is_stopped_is_told_as_that(alice: User, is_under_way: bool) -> None:
    order = on_the_web(drip_feed(alice))
    if is_under_way:
        plans_sweep()
        accept(runs_of(order)[0])
    else:
        run_to(order, ReportState.COMPLETED)
    drip_feeds.stop(order_id=order.pk, customer_id=alice.pk, at=later(1 / 24 / 60))
    assert "You stopped it: no further run begins." in told_of(order)


def test_a_post_that_gets_less_is_the_reason_of_its_subscription(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream = Upstream()
    monkeypatch.setattr(client, "statuses", upstream.statuses)
    order = on_the_web(subscribed(alice, posts=3))
    say(order, "Active", upstream.make(150))
    assert "Less was delivered for its posts than was paid for." in told_of(order)


def test_what_comes_back_after_a_claim_is_not_told_as_the_claim(alice: User, olga: User) -> None:
    order = on_the_web(drip_feed(alice))
    run_to(order, ReportState.COMPLETED)
    claim_decisions.approve(
        claim_id=claim_of(order).pk,
        amount_micros=1000,
        seen_micros=0,
        note="The counter shows the gap.",
        actor=acting(olga),
    )
    assert "Your claim was approved." in told_of(order)
    OutboundMail.objects.all().delete()
    run_to(order, ReportState.PARTIAL, remains=40)
    assert "A run ended before all of it was delivered." in told_of(order)


def test_what_the_api_placed_is_told_in_one_mail(alice: User, bob: User) -> None:
    orders = [walk(placed_order(alice), Status.CANCELED) for _turn in range(3)]
    walk(placed_order(bob), Status.CANCELED)
    assert sweep() == 2
    mine = OutboundMail.objects.get(recipient=alice.email)
    assert mine.subject == "3 refunds to your balance"
    assert all(f"Order {order.pk} " in mine.body for order in orders)
    assert OutboundMail.objects.get(recipient=bob.email).subject.startswith("$1.00 back")


def test_nobody_but_the_account_is_written_to(alice: User) -> None:
    end_customer = "https://example.com/p/1?of=end-customer@example.com"
    walk(placed_order(alice, link=end_customer), Status.CANCELED)
    sweep()
    assert {told.recipient for told in OutboundMail.objects.all()} == {alice.email}


def test_one_that_is_killed_loses_none(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _turn in range(2):
        walk(on_the_web(placed_order(alice)), Status.CANCELED)
    written: list[str] = []

    def dies(**facts: object) -> None:
        written.append(str(facts["key"]))
        if len(written) == 2:
            raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(mail, "enqueue", dies)
        with pytest.raises(SystemExit):
            sweep()
    assert not OutboundMail.objects.exists()
    sweep()
    assert OutboundMail.objects.count() == 2


def test_sweeps_at_the_same_time_tell_it_once(fresh_db: TestDatabase, alice: User) -> None:
    walk(placed_order(alice), Status.CANCELED)
    at_once(3, sweep)
    assert OutboundMail.objects.count() == 1


def test_old_refunds_were_marked_as_told(partial: Order) -> None:
    """What the migration writes is what keeps the sweep away."""
    Order.objects.update(told_micros=partial.refunded_micros)
    assert sweep() == 0
