"""Random histories of every verb, decided on the lots as the panel decides them.

One customer, few top-ups and orders, so that verbs meet each other often. Every act is done twice
at once: the second time must move nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from accounts.models import User
from tests.wallet.ledger.invariants import Invariants, room_of
from wallet import ledger
from wallet.lots.expiry import expires_after, expiring
from wallet.lots.fold import fold
from wallet.lots.history import movements_of
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket
from wallet.lots.payback import PaybackTerms, withdrawable
from wallet.models import Transfer, TransferKind

RULE = expires_after(3)
TERMS = PaybackTerms(is_offered=True, window_days=14, is_order_money_exempt=True)
AMOUNTS = st.integers(1, 20_000_000)
NUMBERS = st.integers(1, 3)
SHARES = st.sampled_from([100, 100, 50, 7])
SPEND_ORDERS = st.sampled_from(["cash_first", "bonus_first"])


class Ledger(Invariants, RuleBasedStateMachine):
    customer: User
    at: datetime

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.deposits = 0
        self.causes = 0
        self.payouts: dict[str, str] = {}  # the last payout of each top-up
        self.disputes: dict[str, ledger.Cause] = {}
        self.forfeited: list[str] = []
        self.snapshot = Holdings()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    def cause(self, name: str) -> str:
        self.causes += 1
        return f"{name}:{self.causes}"

    def twice(self, act: Callable[[], object]) -> None:
        """It may refuse; then nothing of it is left."""
        try:
            with transaction.atomic():
                act()
        except ledger.LedgerError:
            return
        count = Transfer.objects.count()
        act()
        assert Transfer.objects.count() == count

    def lots(self, after_id: int = 0, start: Holdings | None = None) -> Holdings:
        later = movements_of(customer_id=self.customer.pk, after_id=after_id)
        return fold(later, expires_at=RULE, start=start)

    def left(self, deposit: str, bucket: Bucket) -> int:
        own = (lot for lot in self.lots().lots if lot.root == deposit and lot.bucket is bucket)
        return sum(lot.remaining_micros for lot in own)

    @rule(days=st.integers(1, 45))
    def wait(self, days: int) -> None:
        self.at += timedelta(days=days)

    @rule(amount=AMOUNTS, fee=st.integers(0, 99))
    @precondition(lambda self: self.deposits < 3)
    def top_up(self, amount: int, fee: int) -> None:
        self.deposits += 1
        facts: dict[str, Any] = {
            "gateway": "demo",
            "reference": f"deposit:{self.deposits}",
            "at": self.at,
        }
        self.twice(
            lambda: ledger.deposit(customer_id=self.customer.pk, amount_micros=amount, **facts)
        )
        self.twice(lambda: ledger.book_gateway_fee(amount_micros=fee, **facts))

    @rule(amount=AMOUNTS, number=NUMBERS, is_tied=st.booleans())
    def give_bonus(self, amount: int, number: int, *, is_tied: bool) -> None:
        reference, to = self.cause("bonus"), self.customer.pk
        if is_tied and number <= self.deposits:
            self.twice(
                lambda: ledger.grant_bonus(
                    customer_id=to,
                    amount_micros=amount,
                    reference=reference,
                    deposit=f"deposit:{number}",
                    at=self.at,
                )
            )
        else:
            self.twice(
                lambda: ledger.grant_goodwill(
                    customer_id=to, amount_micros=amount, reference=reference, at=self.at
                )
            )

    @rule(amount=st.integers(-20_000_000, 20_000_000).filter(bool))
    def adjust(self, amount: int) -> None:
        reference = self.cause("decision")
        self.twice(
            lambda: ledger.adjust(
                customer_id=self.customer.pk, amount_micros=amount, reference=reference, at=self.at
            )
        )

    @rule(number=NUMBERS, charge=AMOUNTS, spend_order=SPEND_ORDERS)
    def order(self, number: int, charge: int, spend_order: str) -> None:
        self.twice(
            lambda: ledger.hold_for_order(
                customer_id=self.customer.pk,
                charge_micros=charge,
                reference=f"order:{number}",
                spend_order=spend_order,
                at=self.at,
            )
        )

    @rule(number=NUMBERS, share=SHARES)
    def refund(self, number: int, share: int) -> None:
        reference = f"order:{number}"
        due = ledger.held_for(reference=reference).charged * share // 100
        self.twice(
            lambda: ledger.refund(
                customer_id=self.customer.pk, reference=reference, due_micros=due, at=self.at
            )
        )

    @rule(number=NUMBERS)
    def settle_order(self, number: int) -> None:
        self.twice(lambda: ledger.settle(reference=f"order:{number}", at=self.at))

    # Withdrawals.
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

    # The end of money.
    @rule()
    def expire(self) -> None:
        found = self.lots()
        sums: dict[tuple[str, Bucket], int] = {}
        for line in expiring(found, by=self.at):
            key = (line.root, line.bucket)
            sums[key] = sums.get(key, 0) + line.amount_micros
        for (root, bucket), amount in sums.items():
            self._expire(root, bucket, amount, found.last_id)

    def _expire(self, root: str, bucket: Bucket, amount: int, after_id: int) -> None:
        self.twice(
            lambda: ledger.expire(
                customer_id=self.customer.pk,
                bucket=bucket,
                amount_micros=amount,
                root=root,
                after_id=after_id,
                at=self.at,
            )
        )

    @rule()
    @precondition(lambda self: len(self.forfeited) < 2)
    def forfeit(self) -> None:
        reference = self.cause("decision")
        self.forfeited.append(reference)
        self.twice(
            lambda: ledger.forfeit(customer_id=self.customer.pk, reference=reference, at=self.at)
        )

    @rule()
    @precondition(lambda self: self.forfeited)
    def undo_forfeiture(self) -> None:
        reference = self.forfeited[-1]
        self.twice(
            lambda: ledger.return_forfeiture(
                customer_id=self.customer.pk, reference=reference, at=self.at
            )
        )

    @rule()
    def take_a_snapshot(self) -> None:
        self.snapshot = Holdings.from_json(self.lots().to_json())
