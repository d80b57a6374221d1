"""Many windows at once: one press is one request, and no money is asked for twice. The twins leave
the customer's lock out and show what it is for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from threading import Event, current_thread
from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import OutboundMail, User
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.races import LIMIT_SECONDS, Gate, all_at_once
from tests.wallet.withdrawals.scenes import AT, approved, ask, cash, credited
from wallet import ledger, verification
from wallet.decisions import forfeiting
from wallet.models import Deposit, Payout, Withdrawal
from wallet.payouts import requesting, withdrawals
from wallet.payouts import sending as paying_out
from wallet.payouts.withdrawals import WithdrawalRefused

TIMES = 8


def refused(*acts: Callable[[], object]) -> list[str]:
    """Does all of it at once; returns why what was refused was refused."""

    def run(act: Callable[[], object]) -> str:
        try:
            act()
        except WithdrawalRefused as refusal:
            return refusal.message
        return ""

    return [refusal for refusal in all_at_once(*[partial(run, act) for act in acts]) if refusal]


def unclean() -> list[str]:
    return [finding.name for finding in verification.verify() if not finding.is_ok]


def test_one_press_that_was_sent_eight_times_is_one_request(
    fresh_db: TestDatabase, alice: User
) -> None:
    deposit = credited(alice)
    assert refused(*[lambda: ask(alice, {deposit: 30 * MICROS}, key="press")] * TIMES) == []
    assert (Withdrawal.objects.count(), cash(alice)) == (1, 20 * MICROS)
    assert OutboundMail.objects.count() == 1
    assert unclean() == []


def test_eight_requests_cannot_ask_for_the_same_money(fresh_db: TestDatabase, alice: User) -> None:
    deposit, _other = credited(alice), credited(alice, 500 * MICROS)
    assert len(refused(*[lambda: ask(alice, {deposit: 30 * MICROS})] * TIMES)) == TIMES - 1
    assert Withdrawal.objects.count() == 1
    assert unclean() == []


def test_without_the_customers_lock_they_do(
    fresh_db: TestDatabase, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have read the lots before anybody puts the money on hold."""
    deposit, _other = credited(alice), credited(alice, 500 * MICROS)
    monkeypatch.setattr(requesting, "_hold_deposits", lambda *_: None)
    monkeypatch.setattr(requesting, "_lock_cash", lambda _customer_id: None)
    monkeypatch.setattr(requesting, "_check", Gate(TIMES).after(requesting._check))
    assert refused(*[lambda: ask(alice, {deposit: 30 * MICROS})] * TIMES) == []
    held = Payout.objects.filter(deposit=deposit, state=Payout.State.HELD)
    assert sum(held.values_list("amount_micros", flat=True)) == 240 * MICROS  # of 50 paid in


def test_a_yes_and_a_no_at_once_do_one_of_them(
    fresh_db: TestDatabase, alice: User, olga: User
) -> None:
    withdrawal = ask(alice, {credited(alice): 30 * MICROS})
    yes = lambda: withdrawals.approve(withdrawal_id=withdrawal.pk, at=AT)  # noqa: E731
    back = lambda: withdrawals.take_back(withdrawal_id=withdrawal.pk, at=AT)  # noqa: E731
    assert len(refused(yes, back)) == 1
    withdrawal.refresh_from_db()
    expected = {"approved": 20 * MICROS, "canceled": 50 * MICROS}
    assert cash(alice) == expected[withdrawal.state]
    assert unclean() == []


def test_a_question_and_a_send_at_once_never_do_both(fresh_db: TestDatabase, alice: User) -> None:
    payout = approved(alice, credited(alice), 30 * MICROS)
    begun: list[object] = []

    def send() -> None:
        begun.append(paying_out.begin(payout_id=payout.pk, at=AT))

    def question() -> None:
        withdrawals.cancel_for_deposit(deposit_id=payout.deposit_id, reason="Asked.", at=AT)

    all_at_once(send, question)
    payout.refresh_from_db()
    is_sent = begun != [None]
    assert payout.state == (Payout.State.SENDING if is_sent else Payout.State.RELEASED)
    held = ledger.on_hold(payout.reference).cash_micros
    assert held == (30 * MICROS if is_sent else 0)


def test_eight_workers_begin_one_payout_once(fresh_db: TestDatabase, alice: User) -> None:
    payout = approved(alice, credited(alice), 30 * MICROS)
    begun: list[object] = []

    def send() -> None:
        begun.append(paying_out.begin(payout_id=payout.pk, at=AT))

    all_at_once(*[send] * TIMES)
    assert len([attempt for attempt in begun if attempt]) == 1
    assert Deposit.objects.count() == 1


def forfeited_while_one_is_taken_back(customer: User, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The customer holds his second request while the forfeiture comes to it; what failed."""
    _first, second = (ask(customer, {credited(customer): 30 * MICROS}) for _time in range(2))
    is_held, is_reached = Event(), Event()
    really_lock, really_release = withdrawals._locked, ledger.release

    def lock(withdrawal_id: int) -> Withdrawal:
        if withdrawal_id == second.pk and is_held.is_set():
            is_reached.set()
        return really_lock(withdrawal_id)

    def release(**hold: Any) -> None:
        if current_thread().name == "customer":
            is_held.set()
            is_reached.wait(LIMIT_SECONDS)
        really_release(**hold)

    def take_back() -> None:
        current_thread().name = "customer"
        withdrawals.take_back(withdrawal_id=second.pk, at=AT)

    def forfeit() -> None:
        is_held.wait(LIMIT_SECONDS)
        forfeiting.forfeit(customer_id=customer.pk, reference="decision:1", reason="Fraud", at=AT)

    monkeypatch.setattr(withdrawals, "_locked", lock)
    monkeypatch.setattr(ledger, "release", release)
    return deadlocks(take_back, forfeit)


def deadlocks(*acts: Callable[[], object]) -> list[str]:
    def run(act: Callable[[], object]) -> str:
        try:
            act()
        except OperationalError as error:
            return str(error).partition("\n")[0]
        return ""

    return [error for error in all_at_once(*[partial(run, act) for act in acts]) if error]


def test_a_request_that_is_taken_back_and_a_forfeiture_do_not_block_each_other(
    fresh_db: TestDatabase, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert forfeited_while_one_is_taken_back(alice, monkeypatch) == []
    assert not Withdrawal.objects.exclude(state=Withdrawal.State.CANCELED).exists()
    assert cash(alice) == 0
    assert unclean() == []


def test_one_top_up_after_the_other_they_would(
    fresh_db: TestDatabase, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request is locked when the first has taken the cash row already."""
    all_at_once = withdrawals.cancel_for_deposits

    def one_by_one(*, deposit_ids: Collection[int], reason: str, at: datetime) -> int:
        return sum(all_at_once(deposit_ids=[one], reason=reason, at=at) for one in deposit_ids)

    monkeypatch.setattr(withdrawals, "cancel_for_deposits", one_by_one)
    assert forfeited_while_one_is_taken_back(alice, monkeypatch) == ["deadlock detected"]
