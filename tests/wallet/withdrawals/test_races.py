"""Many windows at once: one press is one request, and no money is asked for twice. The twins leave
the customer's lock out and show what it is for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import OutboundMail, User
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.wallet.withdrawals.scenes import AT, approved, ask, cash, credited
from wallet import ledger, paying_out, requesting, verification, withdrawals
from wallet.models import Deposit, Payout, Withdrawal
from wallet.withdrawals import WithdrawalRefused

TIMES = 8


def at_once(acts: list[Callable[[], object]]) -> list[str]:
    """Runs them in as many threads; returns what was refused."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        try:
            start.wait(timeout=20)
            act()
        except WithdrawalRefused as refusal:
            return refusal.message
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return [refusal for refusal in pool.map(run, acts) if refusal]


def unclean() -> list[str]:
    return [finding.name for finding in verification.verify() if not finding.is_ok]


def test_one_press_that_was_sent_eight_times_is_one_request(
    fresh_db: TestDatabase, alice: User
) -> None:
    deposit = credited(alice)
    assert at_once([lambda: ask(alice, {deposit: 30 * MICROS}, key="press")] * TIMES) == []
    assert (Withdrawal.objects.count(), cash(alice)) == (1, 20 * MICROS)
    assert OutboundMail.objects.count() == 1
    assert unclean() == []


def test_eight_requests_cannot_ask_for_the_same_money(fresh_db: TestDatabase, alice: User) -> None:
    deposit, _other = credited(alice), credited(alice, 500 * MICROS)
    refused = at_once([lambda: ask(alice, {deposit: 30 * MICROS})] * TIMES)
    assert len(refused) == TIMES - 1
    assert Withdrawal.objects.count() == 1
    assert unclean() == []


def test_without_the_customers_lock_they_do(
    fresh_db: TestDatabase, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have read the lots before anybody puts the money on hold."""
    deposit, _other = credited(alice), credited(alice, 500 * MICROS)
    have_looked = threading.Barrier(TIMES)
    really = requesting._check

    def look_and_wait(amounts: Mapping[int, int], *rest: object, **options: object) -> None:
        really(amounts, *rest, **options)  # type: ignore[arg-type]
        have_looked.wait(timeout=20)

    monkeypatch.setattr(requesting, "_hold_deposits", lambda *_: None)
    monkeypatch.setattr(requesting, "_lock_cash", lambda _customer_id: None)
    monkeypatch.setattr(requesting, "_check", look_and_wait)
    at_once([lambda: ask(alice, {deposit: 30 * MICROS})] * TIMES)
    held = Payout.objects.filter(deposit=deposit, state=Payout.State.HELD)
    assert sum(held.values_list("amount_micros", flat=True)) == 240 * MICROS  # of 50 paid in


def test_a_yes_and_a_no_at_once_do_one_of_them(
    fresh_db: TestDatabase, alice: User, olga: User
) -> None:
    withdrawal = ask(alice, {credited(alice): 30 * MICROS})
    yes = lambda: withdrawals.approve(withdrawal_id=withdrawal.pk, at=AT)  # noqa: E731
    back = lambda: withdrawals.take_back(withdrawal_id=withdrawal.pk, at=AT)  # noqa: E731
    assert len(at_once([yes, back])) == 1
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

    assert at_once([send, question]) == []
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

    at_once([send] * TIMES)
    assert len([attempt for attempt in begun if attempt]) == 1
    assert Deposit.objects.count() == 1
