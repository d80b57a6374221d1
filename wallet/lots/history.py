"""A customer's transfers as the movements that `wallet.lots.fold` folds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import starmap

from wallet.lots.movements import Movement
from wallet.models import Transfer


def movements_of(*, customer_id: int, after_id: int = 0) -> Iterator[Movement]:
    """Every transfer that touches the customer with an id above `after_id`, in order of effect.

    One statement, hence one moment. Two halves, because an OR over two accounts reads all
    customers' transfers; who is on both sides is in the first half only.
    """
    rows = Transfer.objects.filter(id__gt=after_id).values_list(
        "id",
        "kind",
        "amount_micros",
        "debit_account__kind",
        "credit_account__kind",
        "reference",
        "origin",
        "created_at",
    )
    leaving = rows.filter(debit_account__owner_id=customer_id)
    arriving = rows.filter(credit_account__owner_id=customer_id).exclude(
        debit_account__owner_id=customer_id
    )
    return starmap(Movement, leaving.union(arriving, all=True).order_by("id"))
