"""Withdrawals, disputes and refunds made at a gateway, in random histories."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.wallet.histories import withdrawable
from tests.wallet.ledger.acting import Acting
from tests.wallet.ledger.invariants import room_of
from wallet import ledger
from wallet.lots.movements import Bucket
from wallet.lots.payback import PaybackTerms
from wallet.models import TransferKind

TERMS = PaybackTerms(is_offered=True, window_days=14, is_order_money_exempt=True)
NUMBERS = st.integers(1, 3)
SHARES = st.sampled_from([100, 100, 50, 7])
ENDS = st.sampled_from(["waiting", "declined", "sent", "failed"])


class Payments(Acting):
    def order(self, number: int, charge: int, spend_order: str) -> None:
        raise NotImplementedError

    def refund(self, number: int, share: int) -> None:
        raise NotImplementedError

    # Withdrawals.
    @rule(number=NUMBERS, share=SHARES, fee=st.integers(0, 50_000), end=ENDS)
    def withdraw(self, number: int, share: int, fee: int, end: str) -> None:
        """From the request to one of its ends."""
        self.ask_for_money(number, share)
        if end == "declined":
            self.decline(number)
        if end in {"sent", "failed"}:
            self.send(number, fee, clawback=fee)
        if end == "failed":
            self.payout_comes_back(number)

    @rule(number=NUMBERS, share=SHARES)
    def ask_for_money(self, number: int, share: int) -> None:
        deposit = f"deposit:{number}"
        if number > self.deposits or ledger.on_hold(self.payouts.get(deposit, "")).cash_micros:
            return
        cash = withdrawable(self.lots(), deposit, terms=TERMS, at=self.at) * share // 100
        bonus = self.left(deposit, Bucket.BONUS)
        self.payouts[deposit] = self.cause("payout")
        if cash:
            self._hold(self.payouts[deposit], deposit, cash, bonus)

    def _hold(self, reference: str, deposit: str, cash: int, bonus: int) -> None:
        self.twice(
            lambda: ledger.hold(
                customer_id=self.customer.pk,
                reference=reference,
                deposit=deposit,
                cash_micros=cash,
                bonus_micros=bonus,
                at=self.at,
            )
        )

    @rule(number=NUMBERS, fee=st.integers(0, 50_000), clawback=st.integers(0, 50_000))
    def send(self, number: int, fee: int, clawback: int) -> None:
        if payout := self._payout(number):
            self.twice(
                lambda: ledger.pay_out(
                    **payout, gateway="demo", fee_micros=fee, clawback_micros=clawback
                )
            )

    @rule(number=NUMBERS)
    def decline(self, number: int) -> None:
        if payout := self._payout(number):
            self.twice(lambda: ledger.release(**payout))

    @rule(number=NUMBERS)
    def payout_comes_back(self, number: int) -> None:
        if payout := self._payout(number):
            self.twice(lambda: ledger.return_payout(**payout, gateway="demo"))

    def _payout(self, number: int) -> dict[str, Any] | None:
        deposit = f"deposit:{number}"
        if not (reference := self.payouts.get(deposit)):
            return None
        return {
            "customer_id": self.customer.pk,
            "reference": reference,
            "deposit": deposit,
            "at": self.at,
        }

    # Disputes, and refunds that somebody made at the gateway.
    @rule(number=NUMBERS)
    def inquiry(self, number: int) -> None:
        deposit = f"deposit:{number}"
        reference = f"dispute:{number}"
        if number <= self.deposits and not ledger.on_hold(reference).cash_micros:
            cash = min(self.left(deposit, Bucket.CASH), room_of(self.lots(), deposit))
            if cash:
                self._hold(reference, deposit, cash, self.left(deposit, Bucket.BONUS))

    @rule(number=NUMBERS, is_limited=st.booleans(), is_foreign=st.booleans(), is_won=st.booleans())
    def dispute(self, number: int, *, is_limited: bool, is_foreign: bool, is_won: bool) -> None:
        """All of a charge that was spent before: debt, a fee, a payment of both, and an end."""
        if number > self.deposits:
            return
        self.order(number, self.left(f"deposit:{number}", Bucket.CASH) or 1, "cash_first")
        self.reverse(number, 100, is_limited=is_limited, is_foreign=is_foreign)
        cause = self._cause_of(number, is_foreign=is_foreign)
        self.twice(lambda: ledger.pass_fee_on(cause=cause, amount_micros=500_000, at=self.at))
        self.refund(number, 50)
        self.reclaim(number)
        self.settle_debt()
        if is_won:
            self._undo(cause)

    @rule(number=NUMBERS, share=SHARES, is_limited=st.booleans(), is_foreign=st.booleans())
    def reverse(self, number: int, share: int, *, is_limited: bool, is_foreign: bool) -> None:
        if number > self.deposits:
            return
        cause = self._cause_of(number, is_foreign=is_foreign)
        self._release(f"dispute:{number}", cause.deposit)
        taken = ledger.reversal_of(cause).taken_micros
        target = taken + room_of(self.lots(), cause.deposit) * share // 100
        most = self.left(cause.deposit, Bucket.CASH) if is_limited else None
        bonus = self.left(cause.deposit, Bucket.BONUS)
        self.twice(
            lambda: ledger.take_back(
                cause=cause, amount_micros=target, most_cash_micros=most, at=self.at
            )
        )
        self.twice(
            lambda: ledger.cancel_bonus(
                customer_id=self.customer.pk,
                amount_micros=bonus,
                reference=cause.reference,
                deposit=cause.deposit,
                at=self.at,
            )
        )

    def _cause_of(self, number: int, *, is_foreign: bool) -> ledger.Cause:
        name = "refund" if is_foreign else "dispute"
        kind = TransferKind.WITHDRAWAL if is_foreign else TransferKind.DISPUTE
        cause = ledger.Cause(
            self.customer.pk, "demo", f"{name}:{number}", f"deposit:{number}", kind
        )
        self.disputes[cause.reference] = cause
        return cause

    def _release(self, reference: str, deposit: str) -> None:
        self.twice(
            lambda: ledger.release(
                customer_id=self.customer.pk, reference=reference, deposit=deposit, at=self.at
            )
        )

    @rule(number=NUMBERS)
    @precondition(lambda self: self.disputes)
    def reclaim(self, number: int) -> None:
        """What came back to a top-up goes to the loss that the house bore for it."""
        if cause := self.disputes.get(f"dispute:{number}"):
            left = self.left(cause.deposit, Bucket.CASH)
            ledger.reclaim(cause=cause, amount_micros=left, at=self.at)

    @rule(data=st.data(), amount=st.integers(1, 15_000_000))
    @precondition(lambda self: self.disputes)
    def pass_fee_on(self, data: st.DataObject, amount: int) -> None:
        cause = self.disputes[data.draw(st.sampled_from(sorted(self.disputes)))]
        self.twice(lambda: ledger.pass_fee_on(cause=cause, amount_micros=amount, at=self.at))

    @rule(data=st.data())
    @precondition(lambda self: self.disputes)
    def undo(self, data: st.DataObject) -> None:
        cause = self.disputes[data.draw(st.sampled_from(sorted(self.disputes)))]
        self._undo(cause)

    def _undo(self, cause: ledger.Cause) -> None:
        self.twice(lambda: ledger.give_back(cause=cause, at=self.at))
        self.twice(
            lambda: ledger.return_bonus(
                customer_id=self.customer.pk,
                reference=cause.reference,
                deposit=cause.deposit,
                at=self.at,
            )
        )

    @rule()
    def settle_debt(self) -> None:
        self.twice(lambda: ledger.settle_debt(customer_id=self.customer.pk, at=self.at))
