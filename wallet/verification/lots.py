"""The lots of every customer are the balances, and no history is broken.

Each customer is folded from the last snapshot on, so this costs what has come since.
"""

from __future__ import annotations

from collections.abc import Iterator

from wallet.lots.bulk import FoldedCustomer, fold_all
from wallet.lots.movements import Bucket
from wallet.models import Account
from wallet.models import AccountKind as Kind
from wallet.verification.checks import ComputedCheck, Row

_CHUNK = 500


def _rows() -> Iterator[Row]:
    owners = Account.objects.filter(owner__isnull=False).order_by("owner_id")
    ids = list(owners.values_list("owner_id", flat=True).distinct())
    for begin in range(0, len(ids), _CHUNK):
        chunk = ids[begin : begin + _CHUNK]
        balances = _balances_of(chunk)
        for folded in fold_all(customer_ids=chunk):
            yield from _differences(folded, balances)


def _balances_of(customer_ids: list[int]) -> dict[tuple[int, str], int]:
    rows = Account.objects.filter(owner_id__in=customer_ids)
    return {
        (owner_id, kind): micros
        for owner_id, kind, micros in rows.values_list("owner_id", "kind", "balance_micros")
        if owner_id is not None
    }


def _differences(folded: FoldedCustomer, balances: dict[tuple[int, str], int]) -> Iterator[Row]:
    holdings = folded.holdings
    if holdings is None:
        yield {"customer_id": folded.customer_id, "trouble": folded.trouble}
        return
    in_lots = {
        Kind.CASH: holdings.spendable_micros(Bucket.CASH),
        Kind.BONUS: holdings.spendable_micros(Bucket.BONUS),
        Kind.CASH_HOLD: holdings.frozen_micros(Bucket.CASH),
        Kind.BONUS_HOLD: holdings.frozen_micros(Bucket.BONUS),
        Kind.DEBT: holdings.debt_micros,
    }
    for kind, lots_micros in in_lots.items():
        balance_micros = balances.get((folded.customer_id, kind), 0)
        if balance_micros != lots_micros:
            yield {
                "customer_id": folded.customer_id,
                "account": str(kind),
                "balance_micros": balance_micros,
                "lots_micros": lots_micros,
            }


CHECKS = (ComputedCheck("the lots of a customer are the balances", _rows),)
