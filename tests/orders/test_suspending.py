"""Orders behind a reversed payment (CHB-02) or a warned one (FRD-06)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Case, User
from orders.ending import canceling, suspending
from orders.followups import stopping
from orders.models import Order, Status
from orders.sending import forwarding
from tests.factories import MICROS, order, service
from tests.orders.plans import planning
from tests.wallet.disputing import State, disputed, own, publish, topped_up, warned
from wallet import ledger, verification
from wallet.disputes import warnings
from wallet.models import Dispute

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _whole_balance(terms: None) -> None:
    publish()


def placed(customer: User, dollars: int = 10) -> Order:
    """A queued order, paid for with the oldest money that the customer has."""
    return order(customer, service=service(), quantity=dollars * 1000)


def sent(placed_: Order) -> Order:
    def accept(_attempt: forwarding.Attempt) -> forwarding.Outcome:
        return forwarding.Accepted(f"x{placed_.pk}")

    forwarding.forward(order_id=placed_.pk, sender=accept)
    return reread(placed_)


def reread(placed_: Order) -> Order:
    return Order.objects.get(pk=placed_.pk)


def sweep() -> None:
    now = timezone.now()
    suspending.cancel_reversed(at=now)
    stopping.call_back_reversed(at=now)
    suspending.free_cleared(at=now)
    suspending.hold_warned(at=now)


def books_agree() -> bool:
    return all(finding.is_ok for finding in verification.verify())


# --- Reversed -------------------------------------------------------------------------------------


def test_unsent_orders_are_canceled_and_their_money_pays_the_debt(alice: User) -> None:
    deposit = topped_up(alice, 10)
    one = placed(alice)
    ledger.adjust(
        customer_id=alice.pk, amount_micros=-100 * MICROS, reference="test:1", at=timezone.now()
    )
    disputed(deposit)
    assert own(alice) == {"debt": -10}
    sweep()
    assert reread(one).status == Status.CANCELED
    assert own(alice) == {}
    assert books_agree()


def test_what_a_provider_has_goes_on(alice: User) -> None:
    deposit = topped_up(alice, 10)
    one = sent(placed(alice))
    disputed(deposit)
    sweep()
    assert reread(one).status == Status.PENDING
    assert reread(one).refunded_micros == 0
    assert not Case.objects.filter(kind=Case.Kind.ORDER_REVIEW).exists()


def test_where_the_terms_cancel_all_staff_get_those_that_were_sent(alice: User) -> None:
    publish(chargeback_cancel_orders="all")
    deposit = topped_up(alice, 10)
    one, other = sent(placed(alice)), placed(alice)
    dispute = disputed(deposit)
    sweep()
    sweep()
    case = Case.objects.get(kind=Case.Kind.ORDER_REVIEW)
    assert case.key == f"{dispute.reference}:orders"
    assert case.detail.endswith(f": {one.pk}.")
    assert reread(other).status == Status.CANCELED


def test_an_inquiry_stops_no_order(alice: User) -> None:
    deposit = topped_up(alice, 10)
    one = placed(alice)
    disputed(deposit, State.INQUIRY)
    sweep()
    assert reread(one).status == Status.QUEUED


def test_nobody_elses_order_is_canceled(alice: User, bob: User) -> None:
    deposit = topped_up(alice, 10)
    others = placed(bob)
    disputed(deposit)
    sweep()
    assert reread(others).status == Status.QUEUED


def test_who_may_come_back_orders_anew(alice: User) -> None:
    deposit = topped_up(alice, 10)
    disputed(deposit)
    disputed(deposit, State.LOST)
    User.objects.filter(pk=alice.pk).update(standing="active", is_active=True)
    one = placed(alice)
    sweep()
    assert reread(one).status == Status.QUEUED


def test_an_order_that_crossed_the_suspensions_way_is_canceled_too(alice: User) -> None:
    deposit = topped_up(alice, 10)
    one = placed(alice)
    dispute = disputed(deposit)
    Dispute.objects.update(formal_at=one.created_at - timedelta(seconds=1))
    sweep()
    assert not dispute.deposit.customer.is_active
    assert reread(one).status == Status.CANCELED


# --- Warned ---------------------------------------------------------------------------------------


def test_a_warning_holds_the_orders_that_its_top_up_paid_for(alice: User) -> None:
    deposit = topped_up(alice, 10)
    one, other = placed(alice), placed(alice)
    warned(deposit)
    sweep()
    assert reread(one).status == Status.HELD
    assert reread(other).status == Status.QUEUED
    assert forwarding.begin(order_id=one.pk, at=timezone.now()) is None


def test_a_warning_holds_the_runs_of_a_plan_that_its_top_up_paid_for(
    alice: User, olga: User
) -> None:
    deposit = topped_up(alice, 20)
    plan = planning.drip_feed(alice, service=planning.dripping())
    planning.sweep()
    [run] = planning.runs_of(plan)
    warning = warned(deposit)
    sweep()
    assert reread(run).status == Status.HELD
    warnings.release(warning_id=warning.pk, reason="known", by=olga, at=timezone.now())
    sweep()
    assert reread(run).status == Status.QUEUED


def test_a_released_warning_lets_them_go_on(alice: User, olga: User) -> None:
    deposit = topped_up(alice, 10)
    one = placed(alice)
    warning = warned(deposit)
    sweep()
    sweep()
    assert reread(one).status == Status.HELD
    warnings.release(warning_id=warning.pk, reason="known", by=olga, at=timezone.now())
    sweep()
    assert sent(one).status == Status.PENDING


def test_a_warning_that_becomes_a_dispute_cancels_them(alice: User) -> None:
    deposit = topped_up(alice, 10)
    one = placed(alice)
    warned(deposit)
    sweep()
    disputed(deposit)
    sweep()
    assert reread(one).status == Status.CANCELED
    assert books_agree()


def test_the_customer_may_take_a_held_order_back(alice: User) -> None:
    deposit = topped_up(alice, 10)
    one = placed(alice)
    warned(deposit)
    sweep()
    canceling.cancel(order_id=one.pk, customer_id=alice.pk, at=timezone.now())
    assert reread(one).status == Status.CANCELED


# --- Two at once ----------------------------------------------------------------------------------


def test_an_order_that_goes_out_is_not_refunded(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker claims it after the sweep has seen it waiting, before the sweep has its row."""
    publish(chargeback_suspend=False)
    deposit = topped_up(alice, 10)
    one = placed(alice)
    disputed(deposit)
    read = suspending._locked

    def after_a_claim(order_id: int) -> Order:
        assert forwarding.begin(order_id=order_id, at=timezone.now()) is not None
        return read(order_id)

    monkeypatch.setattr(suspending, "_locked", after_a_claim)
    assert suspending.cancel_reversed(at=timezone.now()) == 0
    assert (reread(one).status, reread(one).refunded_micros) == (Status.SUBMITTING, 0)


def test_without_reading_it_anew_it_would_be_sent_and_refunded(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(chargeback_suspend=False)
    deposit = topped_up(alice, 10)
    one = placed(alice)
    disputed(deposit)

    def seen_before_a_claim(order_id: int) -> Order:
        seen = Order.objects.get(pk=order_id)
        assert forwarding.begin(order_id=order_id, at=timezone.now()) is not None
        return seen

    monkeypatch.setattr(suspending, "_locked", seen_before_a_claim)
    assert suspending.cancel_reversed(at=timezone.now()) == 1
    assert reread(one).refunded_micros == one.charge_micros
    assert one.submissions.filter(state="submitting").exists()
