"""What holds after every single act of any history."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from hypothesis.stateful import invariant

from accounts.models import User
from tests.wallet.ledger.acts import accounts, unsound
from wallet import ledger
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket, Claim
from wallet.models import Account, Transfer

INTO_CASH = {
    "gateway_clearing", "adjustment", "escrow", "cash_hold", "debt", "gateway_fees",
    "fees_recovered", "forfeiture", "absorbed_loss",
}  # fmt: skip


def room_of(holdings: Holdings, deposit: str) -> int:
    """What the charge of a top-up still bears."""
    sums = holdings.deposit(deposit)
    own = (lot for lot in holdings.lots if lot.root == deposit and lot.bucket is Bucket.CASH)
    held = sum(lot.frozen_micros for lot in own)
    return sums.amount_micros - sums.paid_out_micros - sums.disputed_micros - held


class Invariants:
    customer: User
    at: datetime
    snapshot: Holdings

    def lots(self, after_id: int = 0, start: Holdings | None = None) -> Holdings:
        raise NotImplementedError

    @invariant()
    def the_books_are_clean(self) -> None:
        assert unsound() == []

    @invariant()
    def all_accounts_sum_to_zero(self) -> None:
        assert abs(sum(accounts(self.customer).values())) < 0.000001

    @invariant()
    def the_lots_are_the_balances(self) -> None:
        found = self.lots()
        rows = Account.objects.filter(owner=self.customer).values_list("kind", "balance_micros")
        balances = dict.fromkeys(("cash", "bonus", "cash_hold", "bonus_hold", "debt"), 0)
        assert balances | dict(rows) == {
            "cash": found.spendable_micros(Bucket.CASH),
            "bonus": found.spendable_micros(Bucket.BONUS),
            "cash_hold": found.frozen_micros(Bucket.CASH),
            "bonus_hold": found.frozen_micros(Bucket.BONUS),
            "debt": found.debt_micros,
        }

    @invariant()
    def a_snapshot_and_what_came_later_are_the_same(self) -> None:
        assert self.lots(self.snapshot.last_id, self.snapshot) == self.lots()

    @invariant()
    def a_charge_bears_what_went_back_on_it(self) -> None:
        found = self.lots()
        for deposit in found.deposits:
            assert deposit.paid_out_micros + deposit.disputed_micros <= deposit.amount_micros
            assert room_of(found, deposit.reference) >= 0

    @invariant()
    def what_an_order_may_still_get_back_is_known(self) -> None:
        known = dict.fromkeys(("order:1", "order:2", "order:3"), 0)
        for taken in self.lots().allocations:
            if taken.claim is Claim.ORDER:
                known[taken.reference] += sum(part.amount_micros for part in taken.parts)
        for reference, micros in known.items():
            held = ledger.held_for(reference=reference)
            assert micros == held.charged - held.refunded
            assert 0 <= held.refunded <= held.charged
            assert held.bonus_returned <= held.bonus_taken
            assert held.cash_returned <= held.cash_taken
            assert held.escrow >= 0
            assert 0 <= held.recovered <= held.absorbed <= held.refunded

    @invariant()
    def bonus_never_becomes_cash(self) -> None:
        own = Transfer.objects.filter(credit_account__owner=self.customer)
        into_cash = own.filter(credit_account__kind__in=("cash", "cash_hold"))
        sources = into_cash.exclude(debit_account__kind="promotion").exclude(kind="hold")
        assert set(sources.values_list("debit_account__kind", flat=True)) <= INTO_CASH
        # What was deducted for a spent bonus comes back with a payout that failed, and no more.
        deducted = Transfer.objects.filter(kind="bonus_clawback")
        returned = into_cash.filter(debit_account__kind="promotion")
        assert amounts(returned) <= amounts(deducted)


def amounts(transfers: QuerySet[Transfer]) -> int:
    return sum(transfers.values_list("amount_micros", flat=True))
