"""How a refund was counted: `charge × remains ÷ quantity`, in the digits of the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from orders.lifecycle import refund_due
from orders.models import Order


@dataclass(frozen=True, slots=True)
class RefundSum:
    """`charge × remains ÷ quantity = refund`; `quantity` is what the charge is for, all runs of a
    drip-feed together."""

    charge_micros: int
    remains: int
    quantity: int
    refund_micros: int

    @property
    def is_rounded(self) -> bool:
        return self.charge_micros * self.remains != self.refund_micros * self.quantity


def refund_sum(order: Order) -> RefundSum | None:
    """How all that came back of an order came about, where it follows from what was not delivered.
    A refund by no formula, such as one that staff granted, has none."""
    if not order.refunded_micros or order.remains is None:
        return None
    if refund_due(order=order, remains=order.remains) != order.refunded_micros:
        return None
    return RefundSum(
        charge_micros=order.charge_micros,
        remains=order.remains,
        quantity=order.units,
        refund_micros=order.refunded_micros,
    )
