"""What no notification told is found by the sweep, applied once, and said to staff."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Case
from tests.factories import MICROS
from tests.wallet.deciding import Kind, proposed
from tests.wallet.notices import at_page, paid_at_page, tell
from wallet import reconciling, verification
from wallet.balances import balances_of
from wallet.decisions import unmatched
from wallet.models import ClearingEntry, Deposit, Transfer, UnmatchedPayment

pytestmark = pytest.mark.django_db
State = Deposit.State
LATER = timedelta(minutes=11)


def sweep(after: timedelta = LATER) -> None:
    reconciling.reconcile(at=timezone.now() + after)


def cash(user) -> int:
    return balances_of(customer_id=user.pk).cash_micros


def missed() -> list[str]:
    found = Case.objects.filter(kind=Case.Kind.PAYMENT_MISSED).order_by("pk")
    return list(found.values_list("key", flat=True))


def test_a_payment_of_which_nobody_told_is_credited_once_with_an_alarm(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    for _run in range(2):
        sweep()
    deposit.refresh_from_db()
    assert (deposit.state, cash(alice)) == (State.PAID, 25 * MICROS)
    assert missed() == [f"stripe:{deposit.payment_id}"]
    assert Transfer.objects.filter(kind="deposit").count() == 1


def test_a_payment_that_was_told_raises_no_alarm(stripe, alice):
    paid_at_page(stripe, alice)
    sweep()
    assert missed() == []
    assert cash(alice) == 25 * MICROS


def test_a_notification_has_some_minutes_to_arrive(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    sweep(after=timedelta(minutes=9))
    assert (missed(), cash(alice)) == ([], 0)


def test_a_bank_that_answered_days_later_is_asked(stripe, alice):
    deposit = at_page(alice)
    session = stripe.pay(deposit.checkout_id, "us_bank_account")
    sweep()
    Deposit.objects.update(state=State.PROCESSING)
    stripe.settle_payment(session["payment_intent"])
    sweep(after=timedelta(days=5))
    deposit.refresh_from_db()
    assert (deposit.state, cash(alice)) == (State.PAID, 25 * MICROS)
    assert missed() == [f"stripe:{deposit.payment_id}"]


def test_a_page_that_the_gateway_does_not_know_keeps_no_other_waiting(stripe, alice, caplog):
    strange, deposit = at_page(alice), at_page(alice)
    Deposit.objects.filter(pk=strange.pk).update(checkout_id="cs_test_of_another_account")
    stripe.advance(3 * 3600)
    sweep(after=timedelta(hours=3))
    deposit.refresh_from_db()
    assert deposit.state == State.EXPIRED
    assert f"{strange.reference} cannot be looked up" in caplog.text


def test_many_that_the_gateway_does_not_know_leave_the_others_their_turn(
    stripe, alice, monkeypatch
):
    monkeypatch.setattr(reconciling, "LOOK_UPS", 1)
    strange, deposit = at_page(alice), at_page(alice)
    Deposit.objects.filter(pk=strange.pk).update(checkout_id="cs_test_of_another_account")
    stripe.advance(3 * 3600)
    # Each sweep draws one of the two: that fifty miss the same one happens once in 10^15 times.
    for _turn in range(50):
        reconciling.follow_waiting(at=timezone.now() + timedelta(hours=3))
        deposit.refresh_from_db()
        if deposit.state == State.EXPIRED:
            break
    assert deposit.state == State.EXPIRED


def test_a_page_that_nobody_paid_is_closed_without_an_alarm(stripe, alice):
    deposit = at_page(alice)
    never_led = Deposit.objects.create(
        customer=alice,
        publication=deposit.publication,
        gateway="stripe",
        asked_micros=MICROS,
        amount_micros=MICROS,
    )
    stripe.advance(3 * 3600)
    sweep(after=timedelta(hours=3))
    states = Deposit.objects.filter(pk__in=(deposit.pk, never_led.pk)).values_list("state")
    assert list(states) == [("expired",)] * 2
    assert missed() == []


def test_a_top_up_by_another_gateway_is_not_looked_up(stripe, alice):
    deposit = at_page(alice)
    Deposit.objects.filter(pk=deposit.pk).update(gateway="manual")
    sweep(after=timedelta(days=3))
    deposit.refresh_from_db()
    assert deposit.state == State.OPEN


def test_a_fee_that_came_to_be_known_later_is_booked_once(stripe, alice):
    stripe.make_fees("later")
    deposit = paid_at_page(stripe, alice)
    assert deposit.fee_micros is None
    stripe.make_fee_known(deposit.charge_id)
    for _run in range(2):
        sweep()
    deposit.refresh_from_db()
    assert deposit.fee_micros == 1_030_000
    assert Transfer.objects.filter(kind="gateway_fee").count() == 1
    assert missed() == []


def test_the_fee_of_a_payment_that_staff_credited_becomes_known(stripe, alice, fiona):
    """Its top-up has a page of its own, which nobody paid."""
    page, deposit = at_page(alice), at_page(alice)
    stripe.pay(page.checkout_id)
    Deposit.objects.filter(pk=page.pk).update(gateway="manual")
    tell(stripe)
    proposed(
        Kind.CREDIT_PAYMENT, alice, by=fiona, dollars=25, details={"deposit": deposit.pk},
        subject=unmatched.reference_of(UnmatchedPayment.objects.get()),
    )  # fmt: skip
    reconciling.learn_fees(at=timezone.now() + LATER)
    deposit.refresh_from_db()
    assert (deposit.state, deposit.fee_micros, cash(alice)) == (State.PAID, 1_030_000, 25 * MICROS)
    assert deposit.charge_id


def test_money_that_no_top_up_asked_for_is_set_aside(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    Deposit.objects.filter(pk=deposit.pk).update(gateway="manual")
    sweep()
    unmatched = UnmatchedPayment.objects.get()
    assert (unmatched.reason, unmatched.amount_coins, cash(alice)) == ("no_deposit", 2500, 0)
    assert missed() == [f"stripe:{unmatched.payment_id}"]


def test_the_gateways_books_are_copied_page_by_page_and_once(stripe, alice, monkeypatch):
    monkeypatch.setattr("wallet.gateways.stripe.listings.PER_PAGE", 2)
    for _number in range(5):
        paid_at_page(stripe, alice, 10 * MICROS)
    for _run in range(2):
        sweep()
    entries = ClearingEntry.objects.filter(gateway="stripe")
    assert entries.count() == 5
    assert {(entry.gross_micros, entry.fee_micros) for entry in entries} == {(10_000_000, 590_000)}
    assert set(entries.values_list("source_id", flat=True)) == set(
        Deposit.objects.values_list("charge_id", flat=True)
    )


def test_a_copy_that_was_cut_short_leaves_no_gap(stripe, alice, monkeypatch):
    monkeypatch.setattr("wallet.gateways.stripe.listings.PER_PAGE", 2)
    for _number in range(5):
        paid_at_page(stripe, alice, 10 * MICROS)
    stripe.fault("latency", route="GET /v1/balance_transactions*")
    stripe.fault("error", route="GET /v1/balance_transactions*", count=2)
    sweep()
    assert not ClearingEntry.objects.exists()
    sweep()
    assert ClearingEntry.objects.count() == 5


def test_a_list_that_does_not_answer_is_read_by_the_next_run(stripe, alice, caplog):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    stripe.fault("error", route="GET /v1/payment_intents*", count=2)
    sweep()
    assert "cut short" in caplog.text
    assert cash(alice) == 0
    sweep()
    assert cash(alice) == 25 * MICROS
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []
