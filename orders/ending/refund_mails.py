"""Every refund is told by e-mail: once for each posting, with its amount and that it went to the
balance (REF-07, REF-18).

The sweep finds orders of which more came back than their customer was told. Mails and the new
`told_micros` are one transaction under the order's lock: a second sweep finds nothing, and one that
is killed has told nothing. What resellers place by the API comes back in numbers, so a sweep sends
a customer one mail that lists all of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts import mail, sweeps
from accounts.models import User
from orders.ending.arithmetic import RefundSum, refund_sum
from orders.ending.reasons import Words, refund_reason
from orders.models import Order, OrderEvent, OrderQuerySet
from wallet.models import Account, Transfer
from wallet.money import display

CUSTOMERS_A_SWEEP = 100
ORDERS_A_MAIL = 100


@dataclass(frozen=True, slots=True)
class Posting:
    """One refund as the mail tells it; `total_micros` is what came back of the order in all."""

    number: int
    name: str
    path: str
    amount: str
    bonus: str
    reason: Words
    total: str
    is_first: bool
    counted: str
    event_id: int


def tell(*, at: datetime) -> int:
    """Writes the mails that are due; returns to how many customers."""
    customers = _untold().order_by("customer_id").values_list("customer_id", flat=True).distinct()
    return sweeps.each("user", customers[:CUSTOMERS_A_SWEEP], lambda one: _tell(one, at=at))


def _untold() -> OrderQuerySet:
    return Order.objects.filter(told_micros__lt=F("refunded_micros"))


def _tell(customer_id: int, *, at: datetime) -> bool:
    with transaction.atomic():
        # Whoever holds an order is about to change it: the next sweep tells what came of that.
        rows = _untold().filter(customer_id=customer_id).select_for_update(skip_locked=True)
        orders = list(rows.order_by("pk")[:ORDERS_A_MAIL])
        by_channel: dict[str, list[Posting]] = {"web": [], "api": []}
        for order in orders:
            by_channel[order.channel] += _postings(order)
            order.told_micros = order.refunded_micros
            order.save(update_fields=["told_micros"])
        letters = [[one] for one in by_channel["web"]]
        letters += [by_channel["api"]] if by_channel["api"] else []
        customer = User.objects.get(pk=customer_id)
        for postings in letters:
            _write(customer, postings, at=at)
    return bool(letters)


def _postings(order: Order) -> list[Posting]:
    """The refunds of a locked order that were not told yet, oldest first."""
    found, sum_micros = [], 0
    for event in order.events.filter(kind=OrderEvent.Kind.REFUNDED).order_by("pk"):
        is_first = sum_micros == 0
        sum_micros += event.detail["amount_micros"]
        if sum_micros > order.told_micros:
            found.append(_posting(order, event, sum_micros, is_first=is_first))
    return found


def _posting(order: Order, event: OrderEvent, sum_micros: int, *, is_first: bool) -> Posting:
    # The formula is about all that came back, so it stands under the last posting alone.
    counted = refund_sum(order) if sum_micros == order.refunded_micros else None
    bonus_micros = _bonus_micros(order, event)
    return Posting(
        number=order.pk,
        name=str(order.snapshot.get("name", "")),
        path=order.get_absolute_url(),
        amount=display(event.detail["amount_micros"]),
        bonus=display(bonus_micros) if bonus_micros else "",
        reason=refund_reason(order, event),
        total=display(sum_micros),
        is_first=is_first,
        counted=_in_digits(counted) if counted else "",
        event_id=event.pk,
    )


def _bonus_micros(order: Order, event: OrderEvent) -> int:
    """The part of a posting that went back to the bonus it came from (REF-19)."""
    moved = Transfer.objects.filter(
        reference=order.reference,
        kind__in=(Transfer.Kind.ORDER_REFUND, Transfer.Kind.ORDER_ABSORB),
        credit_account__kind=Account.Kind.BONUS,
        created_at=event.at,
    )
    return sum(moved.values_list("amount_micros", flat=True))


def _in_digits(counted: RefundSum) -> str:
    return (
        f"{display(counted.charge_micros)} × {counted.remains:,} ÷ {counted.quantity:,}"
        f" = {display(counted.refund_micros)}"
    )


def _write(customer: User, postings: Sequence[Posting], *, at: datetime) -> None:
    last = postings[-1]
    is_one = len(postings) == 1
    mail.enqueue(
        key=f"order:{last.number}:refund:{last.event_id}",
        recipient=customer.email,
        template="order_refunded" if is_one else "orders_refunded",
        context={"one": last, "postings": postings, "count": len(postings)},
        at=at,
    )
