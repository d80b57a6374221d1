"""News of one dispute at once, and beside orders; each guard has a twin that goes without it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from threading import Event

import pytest
from django.utils import timezone

from accounts.models import ActLog, User
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.races import LIMIT_SECONDS, Gate, all_at_once
from tests.wallet.disputing import State, own, publish, report, topped_up, warned
from wallet import ledger, verification
from wallet.disputes import following as disputes
from wallet.disputes import warnings
from wallet.gateways.base import DisputeReport
from wallet.models import Deposit, Dispute, FraudWarning
from wallet.topups import freezing


@pytest.fixture(autouse=True)
def _whole_balance(fresh_db: TestDatabase, terms: None) -> None:
    publish()


def news(deposit: Deposit) -> list[DisputeReport]:
    return [
        report(deposit, State.INQUIRY),
        report(deposit, State.FORMAL),
        report(deposit, State.FORMAL, taken=100, fee=15, entries=1),
        report(deposit, State.WON, taken=100, fee=15, entries=1),
        report(deposit, State.WON, fee=15, entries=2),
    ]


def apply(told: DisputeReport) -> Callable[[], object]:
    return lambda: disputes.apply(told, gateway="stripe", at=timezone.now())


def books_agree() -> bool:
    return all(verification.run(check).is_ok for check in verification.CHECKS)


@pytest.mark.parametrize("seed", range(3))
def test_news_that_come_all_at_once_end_where_the_last_ends(alice: User, seed: int) -> None:
    deposit = topped_up(alice, 100, bonus=5)
    told = news(deposit) * 6
    random.Random(seed).shuffle(told)
    all_at_once(*[apply(one) for one in told])
    assert Dispute.objects.get().state == State.WON
    assert own(alice) == {"cash": 100, "bonus": 5}
    assert books_agree()


def test_without_the_locks_old_news_overtake_new_ones(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has looked before the win was written takes the money after it."""
    deposit = topped_up(alice, 100)
    first, *_between, last = news(deposit)
    disputes.apply(first, gateway="stripe", at=timezone.now())
    has_looked, is_won = Event(), Event()

    def look(told: DisputeReport, _deposit: Deposit, *, at: datetime) -> tuple[Dispute, bool]:
        seen = Dispute.objects.select_related("deposit__customer").get()
        if told.state == State.FORMAL:
            has_looked.set()
            is_won.wait(LIMIT_SECONDS)
        return seen, False

    def unlocked(**_names: str) -> Deposit:
        return Deposit.objects.get(pk=deposit.pk)

    def win() -> None:
        has_looked.wait(LIMIT_SECONDS)
        disputes.apply(last, gateway="stripe", at=timezone.now())
        is_won.set()

    monkeypatch.setattr(disputes, "_stored", look)
    monkeypatch.setattr(freezing, "lock_deposit", unlocked)
    all_at_once(apply(news(deposit)[2]), win)
    assert own(alice) == {}


def test_orders_and_a_dispute_at_once_never_spend_the_same_money(alice: User) -> None:
    publish(chargeback_suspend=False)
    deposit = topped_up(alice, 100)

    def order(number: int) -> Callable[[], object]:
        def place() -> bool:
            try:
                ledger.hold_for_order(
                    customer_id=alice.pk,
                    charge_micros=10 * MICROS,
                    reference=f"order:{number}",
                    at=timezone.now(),
                )
            except (ledger.InsufficientFunds, ledger.InDebt):
                return False
            return True

        return place

    acts = [order(number) for number in range(1, 13)]
    taken = news(deposit)[2]
    done = all_at_once(*acts, apply(taken))
    spent = sum(one is True for one in done)
    left = own(alice)
    assert left.get("debt", 0) == -10 * spent
    assert "cash" not in left
    assert books_agree()


def release(warning: FraudWarning, by: User) -> Callable[[], bool]:
    def press() -> bool:
        try:
            warnings.release(warning_id=warning.pk, reason="known", by=by, at=timezone.now())
        except warnings.AlreadyResolved:
            return False
        return True

    return press


def test_two_people_release_one_warning_once(alice: User, olga: User, fiona: User) -> None:
    warning = warned(topped_up(alice, 50))
    released = all_at_once(release(warning, olga), release(warning, fiona))
    assert sorted(released) == [False, True]
    assert own(alice) == {"cash": 50}
    assert ActLog.objects.filter(act="release warned money").count() == 1


def test_without_the_row_lock_both_would_have_done_it(
    alice: User, olga: User, fiona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    warning = warned(topped_up(alice, 50))

    def look(warning_id: int) -> tuple[FraudWarning, Deposit]:
        seen = FraudWarning.objects.select_related("deposit").get(pk=warning_id)
        return seen, seen.deposit

    monkeypatch.setattr(warnings, "_locked", Gate(2).after(look))
    released = all_at_once(release(warning, olga), release(warning, fiona))
    assert released == [True, True]
    assert ActLog.objects.filter(act="release warned money").count() == 2
