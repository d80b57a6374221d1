"""Reading what a customer has; writing is `wallet.ledger`'s."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from wallet.models import Account, AccountKind


@dataclass(frozen=True, slots=True)
class Balances:
    cash_micros: int = 0
    bonus_micros: int = 0

    @property
    def spendable_micros(self) -> int:
        return self.cash_micros + self.bonus_micros


def balances_of(*, customer_id: int) -> Balances:
    """Cash and bonus in micros; zero for somebody who never had money here."""
    rows = Account.objects.filter(
        owner_id=customer_id, kind__in=(Account.Kind.CASH, Account.Kind.BONUS)
    )
    found = dict(rows.values_list("kind", "balance_micros"))
    return Balances(
        cash_micros=found.get(Account.Kind.CASH, 0), bonus_micros=found.get(Account.Kind.BONUS, 0)
    )


def spendable_micros(*, customer_id: int) -> int:
    """What an order may cost at most, in micros."""
    return balances_of(customer_id=customer_id).spendable_micros


SPENDABLE = (Account.Kind.CASH, Account.Kind.BONUS)
HELD = (Account.Kind.CASH_HOLD, Account.Kind.BONUS_HOLD)


def sum_by(owner: str, kinds: Iterable[AccountKind]) -> Coalesce:
    """What a customer has in accounts of these kinds, for a query over rows whose field `owner`
    names him."""
    mine = Account.objects.filter(owner_id=OuterRef(owner), kind__in=kinds)
    sums = mine.order_by().values("owner_id").annotate(sum=Sum("balance_micros"))
    return Coalesce(Subquery(sums.values("sum")), Value(0))
