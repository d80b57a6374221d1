"""Bonus that an order gives back after its top-up was asked back (WDR-09, BON-03): it does not stay
here without the top-up that it came with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import User
from tests.factories import MICROS
from tests.wallet.withdrawals.scenes import (
    AT,
    approved,
    ask,
    credited,
    give_back,
    spend,
    terms_with,
)
from wallet import verification
from wallet.disputes import collecting
from wallet.gateways.base import Refund, RefundState
from wallet.models import Deposit, Payout, Transfer
from wallet.payouts import following as payouts
from wallet.payouts import foreign_refunds, withdrawals
from wallet.payouts import sending as paying_out
from wallet.pots import Pots, pots_of

LATER = AT + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _the_books_agree(terms: None) -> Iterator[None]:
    yield
    findings = [verification.run(check) for check in verification.CHECKS]
    assert [finding for finding in findings if not finding.is_ok] == []


def with_spent_bonus(customer: User) -> tuple[Deposit, str]:
    """A top-up of 50.00 that is all here, and the order that its bonus of 10.00 has paid."""
    deposit = credited(customer, 50 * MICROS, fee_micros=0, bonus_micros=10 * MICROS)
    of_cash, of_bonus = spend(customer, 50 * MICROS), spend(customer, 10 * MICROS)
    give_back(customer, of_cash, 50 * MICROS)
    return deposit, of_bonus


def refund_of(deposit: Deposit, micros: int, reference: str = "") -> Refund:
    state, payment_id = RefundState.SUCCEEDED, deposit.payment_id or ""
    return Refund(f"re_{deposit.pk}", state, micros, deposit.charge_id, payment_id, reference)


def sent(customer: User, deposit: Deposit, dollars: int) -> Payout:
    payout = approved(customer, deposit, dollars * MICROS)
    attempt = paying_out.begin(payout_id=payout.pk, at=AT)
    assert attempt is not None
    told = refund_of(deposit, attempt.net_micros, payout.reference)
    payouts.apply_refund(told, gateway="stripe", at=AT)
    payout.refresh_from_db()
    return payout


def had(customer: User) -> Pots:
    return pots_of(customer_id=customer.pk)


def test_it_is_cancelled_when_the_top_up_was_paid_back(alice: User) -> None:
    deposit, of_bonus = with_spent_bonus(alice)
    sent(alice, deposit, 50)
    give_back(alice, of_bonus, 10 * MICROS)
    assert had(alice).bonus == 10 * MICROS
    collecting.collect(at=LATER)
    assert had(alice) == Pots()


def test_what_comes_in_parts_is_cancelled_once(alice: User) -> None:
    deposit, of_bonus = with_spent_bonus(alice)
    sent(alice, deposit, 50)
    for dollars in (4, 10):
        give_back(alice, of_bonus, dollars * MICROS)
        collecting.collect(at=LATER)
    moved = Transfer.objects.count()
    collecting.collect(at=LATER)
    assert (had(alice), Transfer.objects.count()) == (Pots(), moved)


def test_bonus_of_other_top_ups_stays(alice: User) -> None:
    deposit, of_bonus = with_spent_bonus(alice)
    sent(alice, deposit, 50)
    credited(alice, 20 * MICROS, bonus_micros=3 * MICROS)
    give_back(alice, of_bonus, 10 * MICROS)
    collecting.collect(at=LATER)
    assert had(alice) == Pots(cash=20 * MICROS, bonus=3 * MICROS)


def test_it_waits_with_a_request_and_comes_back_with_it(alice: User) -> None:
    deposit, of_bonus = with_spent_bonus(alice)
    withdrawal = ask(alice, {deposit: 50 * MICROS})
    give_back(alice, of_bonus, 10 * MICROS)
    collecting.collect(at=LATER)
    assert had(alice) == Pots(cash_hold=50 * MICROS, bonus_hold=10 * MICROS)
    withdrawals.take_back(withdrawal_id=withdrawal.pk, at=LATER)
    collecting.collect(at=LATER)
    assert had(alice) == Pots(cash=50 * MICROS, bonus=10 * MICROS)


def test_it_returns_with_a_payout_that_fails(alice: User) -> None:
    """Also what was on hold at the time."""
    deposit, of_bonus = with_spent_bonus(alice)
    give_back(alice, of_bonus, 4 * MICROS)
    payout = sent(alice, deposit, 50)
    give_back(alice, of_bonus, 10 * MICROS)
    collecting.collect(at=LATER)
    with transaction.atomic():
        payouts.fail(payouts.locked(payout.pk), trouble="lost_or_stolen_card", at=LATER)
    collecting.collect(at=LATER)
    assert had(alice) == Pots(cash=50 * MICROS, bonus=10 * MICROS)


def test_it_ends_with_a_refund_that_was_made_at_the_gateway(alice: User) -> None:
    deposit, of_bonus = with_spent_bonus(alice)
    with transaction.atomic():
        foreign_refunds.apply(refund_of(deposit, 50 * MICROS), gateway="stripe", at=AT)
    give_back(alice, of_bonus, 10 * MICROS)
    collecting.collect(at=LATER)
    assert had(alice) == Pots()


def test_bonus_that_a_payout_kept_money_back_for_stays(alice: User) -> None:
    """It was paid for: 40.00 of 50.00 have left for it."""
    terms_with(bonus_clawback_spent="deduct")
    deposit, of_bonus = with_spent_bonus(alice)
    assert sent(alice, deposit, 50).clawback_micros == 10 * MICROS
    give_back(alice, of_bonus, 10 * MICROS)
    collecting.collect(at=LATER)
    assert had(alice) == Pots(bonus=10 * MICROS)


def test_it_stays_where_the_terms_cancel_no_bonus(alice: User) -> None:
    terms_with(withdraw_cancel_bonus=False)
    deposit, of_bonus = with_spent_bonus(alice)
    sent(alice, deposit, 50)
    give_back(alice, of_bonus, 10 * MICROS)
    collecting.collect(at=LATER)
    assert had(alice) == Pots(bonus=10 * MICROS)
