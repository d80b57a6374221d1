"""Which money of which deposit is where: the cases that an accountant would ask for, in dollars."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.wallet.histories import START, USD, History, expires_after, lots_of
from wallet.lots.fold import BrokenHistory, Credit, fold
from wallet.lots.holdings import Holdings
from wallet.lots.movements import EFFECTS, Bucket, Claim
from wallet.models import Transfer

NEVER = expires_after(None)


def test_an_order_takes_the_oldest_deposit_first() -> None:
    history = History().deposit(1, 20).wait(days=1).deposit(2, 20).charge(1, 25)
    assert lots_of(history.holdings()) == [("deposit:2", "deposit", 15)]


def test_what_expires_sooner_is_spent_before_what_is_older() -> None:
    def rule(credit: Credit) -> datetime | None:
        return START + timedelta(days=30) if credit.root == "deposit:2" else None

    history = History().deposit(1, 20).wait(days=1).deposit(2, 20).charge(1, 25)
    assert lots_of(history.holdings(rule)) == [("deposit:1", "deposit", 15)]


def test_among_equals_the_first_lot_is_spent_first() -> None:
    history = History().deposit(2, 20).deposit(1, 20).charge(1, 5)
    assert lots_of(history.holdings()) == [
        ("deposit:2", "deposit", 15),
        ("deposit:1", "deposit", 20),
    ]


def test_a_refund_returns_to_the_deposit_that_was_taken_last() -> None:
    history = History().deposit(1, 10).wait(days=1).deposit(2, 10).charge(1, 15)
    assert lots_of(history.refund(1, 7).holdings()) == [
        ("deposit:2", "deposit", 5),
        ("deposit:2", "order_refund", 5),
        ("deposit:1", "order_refund", 2),
    ]


def test_refunds_by_parts_return_the_charge_and_not_a_micro_more() -> None:
    history = History().deposit(1, 4).deposit(2, 6).charge(1, 9)
    for part in (2, 0.5, 3.5, 3):
        history.wait(hours=1).refund(1, part)
    holdings = history.holdings()
    assert holdings.spendable_micros(Bucket.CASH) == 10 * USD
    assert holdings.allocations == ()
    with pytest.raises(BrokenHistory, match="more than were taken"):
        history.refund(1, 0.000001).holdings()


def test_money_that_was_refunded_once_can_be_spent_and_refunded_again() -> None:
    history = History().deposit(1, 10)
    for number in (1, 2, 3):
        history.charge(number, 10).refund(number, 10)
    assert lots_of(history.holdings()) == [("deposit:1", "order_refund", 10)]


def test_an_over_delivered_order_gives_nothing_back() -> None:
    history = History().deposit(1, 10).charge(1, 4)
    history.move("order_revenue", 4, "escrow > revenue", "order:1")
    assert lots_of(history.holdings()) == [("deposit:1", "deposit", 6)]


def test_a_free_order_moves_no_money_hence_no_lot() -> None:
    history = History().deposit(1, 10)
    with pytest.raises(BrokenHistory, match="without an amount"):
        history.charge(1, 0).holdings()


def test_a_late_shortfall_returns_to_the_deposit_it_was_paid_from() -> None:
    history = History().deposit(1, 10).charge(1, 10)
    history.move("order_revenue", 10, "escrow > revenue", "order:1").deposit(2, 5)
    history.move("order_unrecognise", 3, "revenue > escrow", "order:1").refund(1, 3)
    assert lots_of(history.holdings()) == [
        ("deposit:2", "deposit", 5),
        ("deposit:1", "order_refund", 3),
    ]


def test_a_mixed_order_returns_bonus_to_bonus_and_cash_to_cash() -> None:
    history = History().deposit(1, 6).bonus(1, 5, tied_to=1)
    history.charge(1, 6).charge(1, 2, pot="bonus").refund(1, 2, pot="bonus").refund(1, 1)
    holdings = history.holdings()
    assert holdings.spendable_micros(Bucket.BONUS) == 5 * USD
    assert holdings.spendable_micros(Bucket.CASH) == 1 * USD
    assert {lot.root for lot in holdings.lots} == {"deposit:1"}


@pytest.mark.parametrize("route", ["bonus > cash", "cash > bonus", "bonus > cash_hold"])
def test_bonus_and_cash_never_become_each_other(route: str) -> None:
    history = History().deposit(1, 6).bonus(1, 5)
    with pytest.raises(BrokenHistory):
        history.move("adjustment", 1, route, "adjustment:1").holdings()


def test_a_hold_takes_money_out_of_reach_of_orders_and_a_release_gives_it_back() -> None:
    history = History().deposit(1, 10).hold("withdrawal:1", 8, deposit=1)
    frozen = history.holdings()
    assert frozen.spendable_micros(Bucket.CASH) == 2 * USD
    assert frozen.frozen_micros(Bucket.CASH) == 8 * USD
    released = history.release("withdrawal:1", 8, deposit=1).holdings()
    assert released.frozen_micros(Bucket.CASH) == 0
    assert lots_of(released) == [("deposit:1", "deposit", 10)]


def test_a_hold_reaches_only_its_own_deposit() -> None:
    history = History().deposit(1, 10).deposit(2, 10).hold("withdrawal:1", 11, deposit=2)
    with pytest.raises(BrokenHistory, match="more than there are"):
        history.holdings()


def test_a_failed_payout_returns_once_as_a_lot_of_its_own_kind() -> None:
    history = History().deposit(1, 50).hold("withdrawal:1", 40, deposit=1)
    for kind, dollars, pot in (("withdrawal", 38.25, "gateway_clearing"),
                               ("withdrawal_fee", 1.75, "fees_recovered")):  # fmt: skip
        history.move(kind, dollars, f"cash_hold > {pot}", "withdrawal:1", "deposit:1")
    assert history.holdings().deposit("deposit:1").paid_out_micros == 40 * USD

    history.move("withdrawal_return", 40, "gateway_clearing > cash", "withdrawal:1", "deposit:1")
    holdings = history.holdings()
    assert lots_of(holdings) == [("deposit:1", "deposit", 10), ("deposit:1", "refund_return", 40)]
    assert holdings.deposit("deposit:1").paid_out_micros == 0
    with pytest.raises(BrokenHistory):
        history.move(
            "withdrawal_return", 1, "gateway_clearing > cash", "withdrawal:1", "deposit:1"
        ).holdings()


def disputed_hundred() -> History:
    """100.00 of which 30.00 is left, 20.00 of another deposit: 50.00 become debt."""
    history = History().deposit(1, 100).charge(1, 70).deposit(2, 20)
    history.dispute(1, 50, deposit=1)
    return history.dispute(1, 50, deposit=1, pot="debt")


def test_a_dispute_takes_its_deposit_then_other_cash_and_the_rest_is_debt() -> None:
    holdings = disputed_hundred().holdings()
    assert lots_of(holdings) == []
    assert holdings.debt_micros == 50 * USD
    assert holdings.deposit("deposit:1").disputed_micros == 100 * USD


def test_a_small_dispute_takes_its_own_deposit_only() -> None:
    history = History().deposit(1, 10).wait(days=1).deposit(2, 10).dispute(1, 4, deposit=2)
    assert lots_of(history.holdings()) == [
        ("deposit:1", "deposit", 10),
        ("deposit:2", "deposit", 6),
    ]


def test_a_dispute_that_is_won_puts_every_cent_back_where_it_was() -> None:
    history = disputed_hundred()
    history.dispute_won(1, 50, deposit=1, pot="debt").dispute_won(1, 50, deposit=1)
    before = History().deposit(1, 100).charge(1, 70).deposit(2, 20).holdings()
    assert history.holdings().lots == before.lots
    assert history.holdings().debt_micros == 0


def test_a_won_dispute_returns_what_paid_its_debt_to_the_deposit_that_paid() -> None:
    history = disputed_hundred().deposit(3, 60)
    history.move("debt_settlement", 50, "cash > debt", "dispute:1", "deposit:3")
    history.move("debt_return", 50, "debt > cash", "dispute:1", "deposit:1")
    history.dispute_won(1, 50, deposit=1, pot="debt").dispute_won(1, 50, deposit=1)
    holdings = history.holdings()
    assert lots_of(holdings) == [
        ("deposit:1", "deposit", 30),
        ("deposit:2", "deposit", 20),
        ("deposit:3", "deposit", 10),
        ("deposit:3", "debt_return", 50),
    ]
    assert holdings.deposit("deposit:1").disputed_micros == 0


def test_a_forfeiture_can_be_taken_back_by_two_people_to_the_micro() -> None:
    history = History().deposit(1, 10).bonus(1, 5, tied_to=1).charge(1, 3)
    before = history.holdings().lots
    for kind, arrow in (("forfeiture", "{0} > {1}"), ("forfeiture_return", "{1} > {0}")):
        history.move(kind, 7, arrow.format("cash", "forfeiture"), "forfeiture:1")
        history.move(kind, 5, arrow.format("bonus", "promotion"), "forfeiture:1")
    assert history.holdings().lots == before


def test_a_bonus_is_cancelled_with_its_deposit_and_no_other_bonus_is() -> None:
    history = History().deposit(1, 10).bonus(1, 5, tied_to=1).bonus(2, 5)
    history.hold("withdrawal:1", 5, deposit=1, pot="bonus")
    history.move("bonus_cancel", 5, "bonus_hold > promotion", "withdrawal:1", "deposit:1")
    assert lots_of(history.holdings()) == [("deposit:1", "deposit", 10), ("bonus:2", "bonus", 5)]


def test_holdings_survive_as_json() -> None:
    history = disputed_hundred().bonus(1, 5, tied_to=2).refund(1, 20)
    holdings = history.deposit(3, 9).hold("withdrawal:1", 4, deposit=3).holdings(expires_after(12))
    assert Holdings.from_json(holdings.to_json()) == holdings


def test_a_snapshot_of_another_version_is_refused() -> None:
    stored = json.loads(Holdings().to_json()) | {"version": 0}
    with pytest.raises(ValueError, match="version 0"):
        Holdings.from_json(json.dumps(stored))


def test_a_snapshot_may_forget_orders_that_are_final() -> None:
    history = History().deposit(1, 10).charge(1, 2).charge(2, 2)
    short = history.holdings().without_orders(lambda reference: reference == "order:1")
    assert [(taken.claim, taken.reference) for taken in short.allocations] == [
        (Claim.ORDER, "order:2")
    ]
    tail = history.refund(2, 2).movements[-1:]
    assert fold(tail, expires_at=NEVER, start=short).spendable_micros(Bucket.CASH) == 8 * USD


def test_a_movement_is_folded_once() -> None:
    history = History().deposit(1, 10)
    with pytest.raises(BrokenHistory, match="out of order"):
        fold(history.movements, expires_at=NEVER, start=history.holdings())


@pytest.mark.parametrize(
    "route", ["cash > bonus", "bonus > cash", "cash > bonus_hold", "bonus_hold > cash"]
)
def test_cash_and_bonus_never_become_each_other(route: str) -> None:
    """WAL-07."""
    history = History().deposit(1, 10).bonus(1, 10, tied_to=1)
    history.hold("withdrawal:1", 5, deposit=1, pot="bonus")
    history.move("release", 1, route, "withdrawal:1", "deposit:1")
    with pytest.raises(BrokenHistory, match="never become each other"):
        history.holdings()


@pytest.mark.parametrize(
    ("kind", "route", "origin"),
    [
        ("order_charge", "cash > escrow", None),  # more than there is
        ("order_charge", "escrow > cash", None),  # the wrong way round
        ("order_refund", "escrow > cash", None),  # never charged
        ("interest", "promotion > cash", None),  # no such kind (WAL-02)
        ("dispute", "debt > gateway_clearing", "deposit:9"),  # no such deposit
        ("dispute_return", "gateway_clearing > debt", "deposit:1"),  # more than was owed
        ("release", "cash_hold > cash", "deposit:1"),  # never held
        ("deposit", "gateway_clearing > cash", "deposit:1"),  # credited twice
    ],
)
def test_a_history_that_cannot_be_is_refused(kind: str, route: str, origin: str | None) -> None:
    history = History().deposit(1, 10).move(kind, 11, route, "order:1", origin)
    with pytest.raises(BrokenHistory):
        history.holdings()


def test_every_kind_of_transfer_has_an_effect() -> None:
    assert {kind.value for kind in Transfer.Kind} <= set(EFFECTS)


def test_a_leap_day_is_followed_by_the_last_of_february() -> None:
    rule = expires_after(12)
    leap_day = datetime(2028, 2, 29, 23, 59, tzinfo=UTC)
    holdings = History(leap_day).deposit(1, 10).holdings(rule)
    assert holdings.lots[0].expires_at == datetime(2029, 2, 28, 23, 59, tzinfo=UTC)
