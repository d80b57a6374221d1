"""What becomes of our limits when a provider's change: pure.

A limit that is the provider's follows it up and down. One that somebody set narrower stays, unless
the provider's is narrower still.
"""

from __future__ import annotations

from services.syncing.comparing import Sold
from services.types import Counting, spec_of

Range = tuple[int, int]


def range_after(sold: Sold, *, old: Range, new: Range) -> Range | None:
    """The minimum and maximum that we then sell; None where nothing is left between them."""
    if spec_of(sold.type).counting is Counting.ONE:
        return sold.min_quantity, sold.max_quantity
    least = new[0] if sold.min_quantity == old[0] else max(sold.min_quantity, new[0])
    most = new[1] if sold.max_quantity == old[1] else min(sold.max_quantity, new[1])
    return (least, most) if least <= most else None
