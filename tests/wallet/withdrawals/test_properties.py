"""Random histories of requests, payouts and refunds against a gateway that may do anything.

Whatever happens: what went back on a charge and what was disputed of it never exceed it, all
payouts of a top-up bear no more than its fee, what the books say left is what left at the gateway,
and a bonus never becomes cash.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from tests.factories import MICROS
from tests.wallet.withdrawals.scenes import AT, FEE, ask, credited, give_back, spend, terms_with
from wallet import ledger
from wallet.gateways import registry
from wallet.gateways.base import GatewayRefused, GatewayUnavailable, Refund, RefundState
from wallet.ledger import Cause
from wallet.lots.movements import Bucket
from wallet.lots.reading import read_holdings
from wallet.models import Account, Deposit, Payout, Transfer, Withdrawal
from wallet.payouts import following as payouts
from wallet.payouts import sending as paying_out
from wallet.payouts import withdrawals
from wallet.payouts.withdrawals import WithdrawalRefused

CENTS = st.integers(1, 6000)
TOP_UPS = st.integers(0, 1)
MOODS = st.sampled_from(["yes", "yes", "pending", "lost before", "lost after", "no"])


class Till:
    """A gateway with one charge for each top-up, which bears no more than its amount."""

    code, label = "stripe", "Card"

    def __init__(self) -> None:
        self.mood = "yes"
        self.refunds: dict[str, Refund] = {}
        self.disputed: set[str] = set()

    def back_on(self, charge_id: str) -> int:
        made = self.refunds.values()
        return sum(
            one.amount_micros
            for one in made
            if one.charge_id == charge_id and one.state != RefundState.FAILED
        )

    def make(self, deposit: Deposit, amount_micros: int, reference: str = "") -> Refund:
        is_too_much = self.back_on(deposit.charge_id) + amount_micros > deposit.amount_micros
        if is_too_much or deposit.charge_id in self.disputed:
            raise GatewayRefused("no more of this charge")
        state = RefundState.PENDING if self.mood == "pending" else RefundState.SUCCEEDED
        number = f"re_{len(self.refunds) + 1}"
        made = Refund(number, state, amount_micros, deposit.charge_id, reference=reference)
        self.refunds[number] = made
        return made

    def refund(self, *, deposit: Deposit, reference: str, amount_micros: int) -> Refund:
        if self.mood == "lost before":
            raise GatewayUnavailable("lost")
        if self.mood == "no":
            raise GatewayRefused("no")
        known = self.find_refund(deposit=deposit, reference=reference)
        made = known or self.make(deposit, amount_micros, reference)
        if self.mood == "lost after":
            raise GatewayUnavailable("lost")
        return made

    def find_refund(self, *, deposit: Deposit, reference: str) -> Refund | None:
        named = (one for one in self.refunds.values() if one.reference == reference)
        return next(named, None)


class Withdrawals(RuleBasedStateMachine):
    customer: User
    till: Till

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.till.mood = "yes"
        self.till.refunds.clear()
        self.till.disputed.clear()
        self.at: datetime = AT
        self.top_ups = [
            credited(self.customer, bonus_micros=5 * MICROS),
            credited(self.customer, 30 * MICROS, fee_micros=FEE),
        ]
        self.orders: list[tuple[str, int]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    def attempt(self, act: Callable[[], object]) -> None:
        with suppress(WithdrawalRefused, ledger.LedgerError), transaction.atomic():
            act()

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @rule(mood=MOODS)
    def the_gateway_changes(self, mood: str) -> None:
        self.till.mood = mood

    @rule(micros=st.integers(1, 40_000_000))
    def order(self, micros: int) -> None:
        self.attempt(lambda: self.orders.append((spend(self.customer, micros, at=self.at), micros)))

    @rule(share=st.integers(1, 100))
    @precondition(lambda self: self.orders)
    def deliver_less(self, share: int) -> None:
        reference, charge = self.orders[share % len(self.orders)]
        give_back(self.customer, reference, charge * share // 100, at=self.at)

    @rule(cents=CENTS, number=TOP_UPS)
    def ask_back(self, cents: int, number: int) -> None:
        amounts = {self.top_ups[number]: cents * 10_000}
        self.attempt(lambda: ask(self.customer, amounts, at=self.at))

    @rule(yes=st.booleans())
    def decide(self, *, yes: bool) -> None:
        request = Withdrawal.objects.to_review().first()
        act = withdrawals.approve if yes else withdrawals.take_back
        if request is not None:
            self.attempt(lambda: act(withdrawal_id=request.pk, at=self.at))

    @rule()
    def work(self) -> None:
        for payout_id in Payout.objects.due(at=self.at).values_list("pk", flat=True):
            paying_out.pay(payout_id=payout_id, at=self.at)

    @rule(which=st.integers(0, 5), works=st.booleans())
    @precondition(lambda self: self.till.refunds)
    def news(self, which: int, *, works: bool) -> None:
        """The gateway's last word on a refund, told twice."""
        known = list(self.till.refunds)
        name = known[which % len(known)]
        was = self.till.refunds[name]
        if was.state != RefundState.FAILED:
            state = RefundState.SUCCEEDED if works else RefundState.FAILED
            self.till.refunds[name] = Refund(
                name, state, was.amount_micros, was.charge_id, reference=was.reference
            )
        for _twice in range(2):
            payouts.apply_refund(self.till.refunds[name], gateway="stripe", at=self.at)

    @rule(cents=CENTS, number=TOP_UPS)
    def refund_at_the_gateway(self, cents: int, number: int) -> None:
        with suppress(GatewayRefused):
            made = self.till.make(self.top_ups[number], cents * 10_000)
            payouts.apply_refund(made, gateway="stripe", at=self.at)

    @rule(number=TOP_UPS)
    def dispute_the_rest(self, number: int) -> None:
        """A bank takes what has not gone back: as the gateway does, never more than the charge."""
        deposit = self.top_ups[number]
        withdrawals.cancel_for_deposit(deposit_id=deposit.pk, reason="Disputed.", at=self.at)
        busy = Payout.objects.filter(deposit=deposit, state=Payout.State.SENDING)
        kept = sum(busy.values_list("amount_micros", flat=True))
        sums = read_holdings(customer_id=self.customer.pk).deposit(deposit.reference)
        left = deposit.amount_micros - sums.paid_out_micros - kept
        cause = Cause(self.customer.pk, "stripe", f"dispute:{number}", deposit.reference)
        self.till.disputed.add(deposit.charge_id)
        if left > sums.disputed_micros:
            self.attempt(lambda: ledger.take_back(cause=cause, amount_micros=left, at=self.at))

    @invariant()
    def no_charge_bears_more_than_itself(self) -> None:
        for sums in read_holdings(customer_id=self.customer.pk).deposits:
            assert sums.paid_out_micros + sums.disputed_micros <= sums.amount_micros

    @invariant()
    def no_more_than_the_fee_is_kept(self) -> None:
        for deposit in self.top_ups:
            borne = Payout.objects.live().filter(deposit=deposit)
            assert sum(borne.values_list("fee_micros", flat=True)) <= FEE

    @invariant()
    def the_books_say_what_left(self) -> None:
        told = Payout.objects.filter(state__in=(Payout.State.SENT, Payout.State.SUCCEEDED))
        for payout in told:
            (found,) = (
                one for one in self.till.refunds.values() if one.refund_id == payout.refund_id
            )
            assert found.amount_micros == payout.net_micros

    @invariant()
    def a_bonus_never_becomes_cash(self) -> None:
        of_bonus = Transfer.objects.filter(debit_account__kind__in=("bonus", "bonus_hold"))
        assert not of_bonus.filter(credit_account__kind__in=("cash", "gateway_clearing")).exists()

    @invariant()
    def the_lots_are_the_balances(self) -> None:
        found = read_holdings(customer_id=self.customer.pk)
        rows = dict(
            Account.objects.filter(owner=self.customer).values_list("kind", "balance_micros")
        )
        assert rows["cash"] == found.spendable_micros(Bucket.CASH)
        assert rows.get("cash_hold", 0) == found.frozen_micros(Bucket.CASH)
        assert rows.get("debt", 0) == found.debt_micros


@pytest.mark.django_db
@pytest.mark.parametrize("fee", ["full_once", "pro_rata"])
def test_any_history_keeps_what_the_terms_promise(
    alice: User, monkeypatch: pytest.MonkeyPatch, fee: str
) -> None:
    terms_with(withdraw_fee=fee, withdraw_window_days=None, bonus_clawback_spent="deduct")
    till = Till()
    monkeypatch.setattr(registry, "gateway_of", lambda _code: till)
    members = {"customer": alice, "till": till}
    machine = type("Machine", (Withdrawals,), members)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],  # a case of money is read as it came
        ),
    )
