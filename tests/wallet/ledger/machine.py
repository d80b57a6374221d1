"""Random histories of every verb: money in, orders, and the end of money; the rest is in
`payment_acts`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.wallet.ledger.payment_acts import NUMBERS, SHARES, Payments
from wallet import ledger
from wallet.lots.expiry import expiring
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket

AMOUNTS = st.integers(1, 8_000_000)
TOP_UPS = st.integers(5_000_000, 20_000_000)
SPEND_ORDERS = st.sampled_from(["cash_first", "bonus_first"])


class Ledger(Payments, RuleBasedStateMachine):
    @rule(days=st.integers(1, 45))
    def wait(self, days: int) -> None:
        self.at += timedelta(days=days)

    @initialize(first=TOP_UPS, second=TOP_UPS, bonus=AMOUNTS)
    def begin(self, first: int, second: int, bonus: int) -> None:
        for amount in (first, second):
            self.top_up(amount, fee=50_000)
            self.wait(1)
        self.give_bonus(bonus, 1, is_tied=True)

    @rule(amount=TOP_UPS, fee=st.integers(0, 99))
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

    @rule(amount=st.integers(-3_000_000, 3_000_000).filter(bool))
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

    @rule(number=NUMBERS, share=SHARES)
    def absorb(self, number: int, share: int) -> None:
        """The house pays; what is refunded before or after counts towards the same target."""
        reference = f"order:{number}"
        due = ledger.held_for(reference=reference).charged * share // 100
        self.twice(
            lambda: ledger.absorb(
                customer_id=self.customer.pk, reference=reference, due_micros=due, at=self.at
            )
        )

    @rule(number=NUMBERS, share=SHARES)
    def recover(self, number: int, share: int) -> None:
        reference = f"order:{number}"
        due = ledger.held_for(reference=reference).charged * share // 100
        self.twice(lambda: ledger.recover(reference=reference, due_micros=due, at=self.at))

    @rule(number=NUMBERS)
    def settle_order(self, number: int) -> None:
        self.twice(lambda: ledger.settle(reference=f"order:{number}", at=self.at))

    # The end of money.
    @rule(days=st.integers(0, 45))
    def expire(self, days: int) -> None:
        self.wait(days)
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
    @precondition(lambda self: self.causes > 6 and len(self.forfeited) < 2)
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
