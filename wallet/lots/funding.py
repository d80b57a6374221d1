"""Which orders a root has paid for: evidence in a dispute, and what a warning stops."""

from __future__ import annotations

from wallet.lots.holdings import Holdings
from wallet.lots.movements import Claim


def funded_by(holdings: Holdings, root: str) -> dict[str, int]:
    """Micros of a root (`deposit:5`) that each order has, by its reference, in order of taking.

    Cash and bonus together, less what has come back: an order that was refunded in full has none.
    Money of a root that an order gave back and another order took counts for that other order.
    Holdings from a snapshot have forgotten the orders that are final.
    """
    sums: dict[str, int] = {}
    for taken in holdings.allocations:
        if taken.claim is Claim.ORDER:
            for part in taken.parts:
                if part.root == root:
                    sums[taken.reference] = sums.get(taken.reference, 0) + part.amount_micros
    return sums
