"""The holdings of many customers, in as many queries as of one: for what looks at everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.db import connection

from wallet.lots.fold import BrokenHistory, fold
from wallet.lots.history import movements_of
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Movement
from wallet.lots.terms import Terms, terms_of
from wallet.models import LotSnapshot

# What came after the snapshot, from both sides; who is on both is in the first half only.
_LATER = """
    SELECT a.owner_id, t.id, t.kind, t.amount_micros, a.kind, c.kind, t.reference, t.origin,
           t.created_at
      FROM wallet_account a
      LEFT JOIN wallet_lotsnapshot s ON s.customer_id = a.owner_id
      JOIN wallet_transfer t ON t.debit_account_id = a.id AND t.id > coalesce(s.last_id, 0)
      JOIN wallet_account c ON c.id = t.credit_account_id
     WHERE a.owner_id = ANY(%(owners)s)
    UNION ALL
    SELECT a.owner_id, t.id, t.kind, t.amount_micros, d.kind, a.kind, t.reference, t.origin,
           t.created_at
      FROM wallet_account a
      LEFT JOIN wallet_lotsnapshot s ON s.customer_id = a.owner_id
      JOIN wallet_transfer t ON t.credit_account_id = a.id AND t.id > coalesce(s.last_id, 0)
      JOIN wallet_account d ON d.id = t.debit_account_id
     WHERE a.owner_id = ANY(%(owners)s) AND d.owner_id IS DISTINCT FROM a.owner_id
     ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class FoldedCustomer:
    """A customer's holdings, or none and why the history cannot be."""

    customer_id: int
    holdings: Holdings | None
    # How many transfers came after the snapshot.
    later: int = 0
    trouble: str = ""


def fold_all(*, customer_ids: Sequence[int]) -> Iterator[FoldedCustomer]:
    """The holdings of these customers, each from its snapshot on, by rising number.

    Whoever moves money by the answer locks the customer and reads again.
    """
    owners = sorted(customer_ids)
    snapshots = dict(
        LotSnapshot.objects.filter(customer_id__in=owners).values_list("customer_id", "state")
    )
    terms = terms_of(customer_ids=owners)
    with connection.cursor() as cursor:
        cursor.execute(_LATER, {"owners": owners})
        rows = groupby(cursor.fetchall(), key=itemgetter(0))
        later = {owner: [Movement(*row[1:]) for row in own] for owner, own in rows}
    for owner in owners:
        yield _folded(owner, snapshots.get(owner), later.pop(owner, []), terms[owner])


def _folded(
    customer_id: int, state: str | None, later: list[Movement], terms: Terms
) -> FoldedCustomer:
    try:
        holdings = _from_snapshot(state, later, terms)
        if holdings is None:
            all_of_them = movements_of(customer_id=customer_id)
            holdings = fold(all_of_them, expires_at=terms.expires_at)
    except BrokenHistory as error:
        return FoldedCustomer(customer_id, None, len(later), str(error))
    return FoldedCustomer(customer_id, holdings, len(later))


def _from_snapshot(state: str | None, later: list[Movement], terms: Terms) -> Holdings | None:
    """None for a snapshot that does not serve: one of another version of this code, or one that has
    forgotten an order that was refunded since."""
    if state is None:
        return fold(later, expires_at=terms.expires_at)
    try:
        return fold(later, expires_at=terms.expires_at, start=Holdings.from_json(state))
    except ValueError:
        return None
