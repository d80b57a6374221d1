"""What can be paid back of each deposit, to the minute and to the micro; amounts in dollars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.wallet.histories import START, TERMS, USD, History, expires_after, withdrawable
from wallet.lots.expiry import expiring, months_after
from wallet.lots.fold import BrokenHistory
from wallet.lots.payback import Reason, explain, window_closes_at

LAST_MINUTE = START + timedelta(days=14)


def reasons(history: History) -> list[tuple[str, float, Reason]]:
    paybacks = explain(history.holdings(), terms_of=lambda _deposit: TERMS, at=history.at)
    return [(payback.deposit, payback.payable_micros / USD, payback.reason) for payback in paybacks]


def test_of_fifty_of_which_ten_are_spent_forty_can_go_back() -> None:
    assert History().deposit(1, 50).charge(1, 10).payable(1) == 40


def test_two_deposits_are_told_apart() -> None:
    history = History().deposit(1, 50).wait(days=10).deposit(2, 30).charge(1, 60)
    assert reasons(history) == [
        ("deposit:2", 20, Reason.IN_WINDOW),
        ("deposit:1", 0, Reason.NOTHING_LEFT),
    ]
    assert reasons(history.wait(days=5).refund(1, 15)) == [
        ("deposit:2", 30, Reason.IN_WINDOW),
        ("deposit:1", 5, Reason.ORDER_MONEY),
    ]


def test_the_worked_example_of_docs_lots() -> None:
    history = History().deposit(1, 50)
    assert history.payable(1) == 50
    assert history.wait(days=1).charge(1, 10).payable(1) == 40
    history.wait(days=8).deposit(2, 30)
    assert (history.payable(1), history.payable(2)) == (40, 30)
    history.wait(days=1).charge(2, 60)
    assert (history.payable(1), history.payable(2)) == (0, 10)
    history.wait(days=9).refund(2, 25)
    assert (history.payable(1), history.payable(2)) == (5, 30)
    history.wait(days=10)
    assert (history.payable(1), history.payable(2)) == (5, 20)


def test_everything_back_is_the_sum_of_all_deposits_newest_first() -> None:
    history = History().deposit(1, 30).deposit(2, 50)
    assert [(name, dollars) for name, dollars, _why in reasons(history)] == [
        ("deposit:2", 50),
        ("deposit:1", 30),
    ]


@pytest.mark.parametrize(
    ("at", "dollars"),
    [
        (START, 50),
        (LAST_MINUTE, 50),
        (LAST_MINUTE.replace(second=59), 50),
        (LAST_MINUTE.replace(second=0) + timedelta(minutes=1), 0),
    ],
)
def test_the_window_closes_with_its_last_minute(at: datetime, dollars: int) -> None:
    holdings = History().deposit(1, 50).holdings()
    assert withdrawable(holdings, "deposit:1", terms=TERMS, at=at) == dollars * USD


def test_the_window_starts_with_the_credit_and_not_with_the_payment() -> None:
    credited_at = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    assert window_closes_at(credited_at, 14) == datetime(2026, 5, 18, 12, 30, tzinfo=UTC)


def test_money_from_orders_goes_back_after_the_window_unless_the_terms_limit_it() -> None:
    history = History().deposit(1, 50).charge(1, 10).wait(days=30).refund(1, 4).wait(days=30)
    assert history.payable(1) == 4
    assert history.payable(1, replace(TERMS, is_order_money_exempt=False)) == 0


def test_without_a_window_all_that_is_left_goes_back_at_any_time() -> None:
    history = History().deposit(1, 50).charge(1, 10).wait(days=900)
    assert history.payable(1, replace(TERMS, window_days=None)) == 40


def test_a_closed_window_cannot_be_passed_by_asking_twice_for_order_money() -> None:
    history = History().deposit(1, 50).charge(1, 10).wait(days=30).refund(1, 4)
    assert history.withdraw(1, 4, deposit=1).payable(1) == 0


def test_what_is_asked_for_cannot_be_asked_for_again() -> None:
    history = History().deposit(1, 50).hold("withdrawal:1", 40, deposit=1)
    assert history.payable(1) == 10
    assert history.release("withdrawal:1", 40, deposit=1).payable(1) == 50


def test_a_failed_payout_may_be_asked_for_again_under_any_terms() -> None:
    history = History().deposit(1, 50).withdraw(1, 40, deposit=1)
    history.wait(days=30).move(
        "withdrawal_return", 40, "gateway_clearing > cash", "withdrawal:1", "deposit:1"
    )
    assert history.payable(1, replace(TERMS, is_order_money_exempt=False)) == 40


def settled_dispute(history: History, dollars: float) -> History:
    """A dispute of deposit 1 that was paid by debt, and the debt by deposit 2."""
    history.dispute(1, dollars, deposit=1, pot="debt").deposit(2, dollars)
    return history.move("debt_settlement", dollars, "cash > debt", "dispute:1", "deposit:2")


def test_a_charge_never_bears_more_than_its_amount() -> None:
    history = History().deposit(1, 50).charge(1, 20).withdraw(1, 30, deposit=1)
    assert settled_dispute(history, 15).refund(1, 20).payable(1) == 5


def test_what_is_on_hold_weighs_on_the_charge() -> None:
    history = settled_dispute(History().deposit(1, 50), 15)
    assert history.hold("withdrawal:1", 30, deposit=1).payable(1) == 5


def test_a_bank_that_disputes_what_was_paid_back_leaves_nothing_to_pay() -> None:
    history = History().deposit(1, 50).withdraw(1, 40, deposit=1)
    assert settled_dispute(history, 50).payable(1) == 0


def test_a_bonus_is_never_payable_and_is_named_with_its_deposit() -> None:
    history = History().deposit(1, 100).bonus(1, 10, tied_to=1).bonus(2, 7)
    [payback] = explain(history.holdings(), terms_of=lambda _deposit: TERMS, at=history.at)
    assert payback.payable_micros == 100 * USD
    assert payback.bonus_micros == 10 * USD


def test_a_correction_by_staff_belongs_to_no_deposit() -> None:
    history = History().deposit(1, 10).move("adjustment", 5, "adjustment > cash", "adjustment:1")
    assert reasons(history) == [("deposit:1", 10, Reason.IN_WINDOW)]


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (History().deposit(1, 9).charge(1, 9), Reason.NOTHING_LEFT),
        (History().deposit(1, 9).withdraw(1, 9, deposit=1), Reason.PAID_OUT),
        (History().deposit(1, 9).hold("withdrawal:1", 9, deposit=1), Reason.ON_HOLD),
        (History().deposit(1, 9).dispute(1, 9, deposit=1), Reason.DISPUTED),
        (History().deposit(1, 9).dispute(1, 1, deposit=1, pot="debt"), Reason.IN_DEBT),
        (History().deposit(1, 9).wait(days=15), Reason.WINDOW_CLOSED),
    ],
)
def test_nothing_to_pay_back_has_its_reason(history: History, reason: Reason) -> None:
    assert reasons(history) == [("deposit:1", 0, reason)]


def test_terms_without_payback_say_so() -> None:
    holdings = History().deposit(1, 9).holdings()
    [payback] = explain(
        holdings, terms_of=lambda _deposit: replace(TERMS, is_offered=False), at=START
    )
    assert (payback.payable_micros, payback.reason) == (0, Reason.NOT_OFFERED)
    assert payback.left_micros == 9 * USD


def test_a_deposit_that_was_never_credited_is_not_known() -> None:
    paybacks = explain(
        History().deposit(1, 9).holdings(), terms_of=lambda _deposit: TERMS, at=START
    )
    assert [payback.deposit for payback in paybacks] == ["deposit:1"]


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2028-02-29", 12, "2029-02-28"),
        ("2027-02-28", 12, "2028-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-11-22", 1, "2026-12-22"),
    ],
)
def test_months_end_on_the_same_day_or_on_the_last(start: str, months: int, end: str) -> None:
    at = datetime.fromisoformat(f"{start}T23:30:00+00:00")
    assert months_after(at, months) == datetime.fromisoformat(f"{end}T23:30:00+00:00")


def test_what_expires_is_listed_until_it_was_taken() -> None:
    rule, end = expires_after(12), START.replace(year=2027)
    history = History().deposit(1, 50).bonus(1, 5, tied_to=1).charge(1, 10)
    history.wait(days=40).refund(1, 4)
    assert expiring(history.holdings(rule), by=end - timedelta(seconds=1)) == []
    lines = expiring(history.holdings(rule), by=end)
    assert [(line.bucket, line.amount_micros / USD) for line in lines] == [
        ("bonus", 5),
        ("cash", 40),
    ]
    history.at = end
    history.move("expiry", 40, "cash > breakage", "expiry:1", "deposit:1")
    history.move("expiry", 5, "bonus > promotion", "expiry:2", "deposit:1")
    assert expiring(history.holdings(rule), by=end) == []


def test_expiry_never_takes_money_that_an_order_gave_back_later() -> None:
    rule, end = expires_after(12), START.replace(year=2027)
    history = History().deposit(1, 50).charge(1, 50).wait(days=40).refund(1, 4)
    assert expiring(history.holdings(rule), by=end) == []
    history.at = end
    with pytest.raises(BrokenHistory):
        history.move("expiry", 4, "cash > breakage", "expiry:1", "deposit:1").holdings(rule)


def test_a_hold_stops_the_expiry_of_its_deposit_only() -> None:
    history = History().deposit(1, 50).deposit(2, 50).hold("dispute:1", 20, deposit=1)
    lines = expiring(history.holdings(expires_after(12)), by=START.replace(year=2028))
    assert [line.root for line in lines] == ["deposit:2"]
