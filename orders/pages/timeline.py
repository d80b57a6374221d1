"""What happened to an order, as its customer may read it: no provider's name, text or number
(DEL-01), each movement of money with its line of the statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import FINAL, Order, OrderEvent, Status
from orders.pages.claim_words import words_of
from orders.pages.followup_words import event_words
from orders.pages.plan_words import child_words, plan_words
from wallet import money
from wallet.models import Account, Transfer

_ARRIVALS: dict[str, tuple[str | Promise, str]] = {
    Status.HELD: (gettext_lazy("Looked at by our staff"), ""),
    Status.QUEUED: (gettext_lazy("Could not be sent yet: we try again by ourselves"), "warn"),
    Status.SUBMITTING: (gettext_lazy("Sent for delivery"), ""),
    Status.UNCERTAIN: (
        gettext_lazy("The confirmation got lost: we find out whether it arrived"),
        "warn",
    ),
    Status.PENDING: (gettext_lazy("Accepted for delivery"), ""),
    Status.IN_PROGRESS: (gettext_lazy("Delivery is running"), "run"),
    Status.PROCESSING: (gettext_lazy("Being worked on"), "run"),
    Status.COMPLETED: (gettext_lazy("Delivered in full"), "ok"),
    Status.PARTIAL: (gettext_lazy("Ended before all was delivered"), "warn"),
}

# Codes that acts of the house leave with a cancellation (orders.ending).
_BY_US: dict[object, str | Promise] = {
    "payment_reversed": gettext_lazy("Canceled, because a payment was reversed"),
    "plan_stopped": gettext_lazy("Canceled with its drip-feed"),
    "claim": gettext_lazy("Canceled by our staff after your claim"),
    "nonstart": gettext_lazy("Canceled, because it did not start in time"),
    "not_started": gettext_lazy("Canceled by our staff: it did not start"),
    "unavailable": gettext_lazy("Canceled by our staff: the service is not available"),
    "screening_refused": gettext_lazy("Canceled by our staff: it is not taken"),
    "system_error": gettext_lazy("Canceled by our staff: an error of our system placed it"),
}

# Counts come every few seconds while an order is young: what lies between is folded away.
COUNTS_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story; `folded` are the counts that a reader may open under it."""

    at: datetime
    text: str
    tone: str = ""
    transfer_id: int | None = None
    is_count: bool = False
    folded: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the order's money as the customer's statement has it: a charge is negative."""

    transfer_id: int
    at: datetime
    amount_micros: int
    is_bonus: bool


def movements_of(order: Order) -> list[Movement]:
    """What was taken and what came back, oldest first; the sum is minus the net charge."""
    kinds = (
        Transfer.Kind.ORDER_CHARGE,
        Transfer.Kind.ORDER_REFUND,
        Transfer.Kind.ORDER_ABSORB,
    )
    transfers = Transfer.objects.filter(reference=order.reference, kind__in=kinds)
    accounts = transfers.select_related("debit_account", "credit_account").order_by("pk")
    return [_movement(transfer) for transfer in accounts]


def timeline_of(
    *, order: Order, events: Iterable[OrderEvent], movements: Iterable[Movement]
) -> list[Line]:
    """Oldest first. At one and the same time: placed, charged, what began, what was counted, how it
    ended, refunded."""
    lines: list[tuple[tuple[datetime, int, int], Line]] = []
    for event in events:
        line = _line(order, event)
        if line is not None:
            lines.append(((event.at, _rank(event), event.pk), line))
    for movement in movements:
        rank = 1 if movement.amount_micros < 0 else 5
        lines.append(((movement.at, rank, movement.transfer_id), _money_line(movement)))
    return list(_fold(line for _key, line in sorted(lines, key=lambda pair: pair[0])))


def _rank(event: OrderEvent) -> int:
    if event.kind == OrderEvent.Kind.PLACED:
        return 0
    if event.kind == OrderEvent.Kind.PROGRESS:
        return 3
    return 4 if event.detail.get("to") in FINAL else 2


def _movement(transfer: Transfer) -> Movement:
    is_charge = transfer.kind == Transfer.Kind.ORDER_CHARGE
    account = transfer.debit_account if is_charge else transfer.credit_account
    return Movement(
        transfer_id=transfer.pk,
        at=transfer.created_at,
        amount_micros=-transfer.amount_micros if is_charge else transfer.amount_micros,
        is_bonus=account.kind == Account.Kind.BONUS,
    )


def _money_line(movement: Movement) -> Line:
    sentence = _("%(amount)s charged") if movement.amount_micros < 0 else _("%(amount)s paid back")
    amount = money.display(abs(movement.amount_micros))
    return Line(
        at=movement.at, text=sentence % {"amount": amount}, transfer_id=movement.transfer_id
    )


def _line(order: Order, event: OrderEvent) -> Line | None:
    if event.kind == OrderEvent.Kind.PLACED:
        made = child_words(event.detail)
        return Line(at=event.at, text=made or _placed(event.detail.get("channel")))
    if event.kind == OrderEvent.Kind.STATUS:
        text, tone = _status(order, event)
        return Line(at=event.at, text=text, tone=tone)
    if event.kind == OrderEvent.Kind.PROGRESS:
        return Line(at=event.at, text=_progress(order, event.detail), is_count=True)
    if event.kind in (OrderEvent.Kind.FOLLOW_UP, OrderEvent.Kind.PLAN):
        is_plan = event.kind == OrderEvent.Kind.PLAN
        words = plan_words(event) if is_plan else event_words(event)
        return Line(at=event.at, text=words) if words else None
    if event.kind in (OrderEvent.Kind.CLAIM, OrderEvent.Kind.REVIEW):
        text, tone = words_of(event, is_own=event.actor_id == order.customer_id)
        return Line(at=event.at, text=text, tone=tone)
    return None


def _placed(channel: object) -> str:
    if channel == Order.Channel.API:
        return _("Placed by you through the API")
    return _("Placed by you")


def _status(order: Order, event: OrderEvent) -> tuple[str, str]:
    to = event.detail.get("to")
    if to == Status.CANCELED:
        return _canceled(order, event), "bad"
    if to == Status.QUEUED and event.detail.get("from") == Status.HELD:
        return _("Free to be sent"), ""
    if to == Status.QUEUED and event.detail.get("from") == Status.UNCERTAIN:
        return _("It had not arrived: sent again"), ""
    if to == Status.QUEUED and event.detail.get("reason") == "passed_on":
        return _("Goes another way: sent again"), ""
    words, tone = _ARRIVALS.get(to, _ARRIVALS[Status.HELD])
    return str(words), tone


def _canceled(order: Order, event: OrderEvent) -> str:
    if event.actor_id is not None and event.actor_id == order.customer_id:
        return _("Canceled by you")
    if event.detail.get("reason") == "refused":
        return _("Could not be accepted for delivery: canceled")
    if event.detail.get("reason") == "no_refund":
        return _("Canceled after a breach of the rules; the charge is not given back")
    if why := _BY_US.get(event.detail.get("reason")):
        return str(why)
    if event.detail.get("from") == Status.UNCERTAIN:
        return _("Could not be confirmed: canceled")
    return _("Canceled before all was delivered")


def _progress(order: Order, detail: dict[str, int | None]) -> str:
    start_count, remains = detail.get("start_count"), detail.get("remains")
    if remains is None or remains >= order.units:
        if start_count is None:
            return _("Nothing delivered yet")
        return _("Counted %(count)s at the start") % {"count": _number(start_count)}
    done = max(0, order.units - remains)
    numbers = {"done": _number(done), "total": _number(order.units)}
    return _("%(done)s of %(total)s delivered") % numbers


def _number(count: int) -> str:
    return number_format(count, force_grouping=True)


def _fold(lines: Iterable[Line]) -> Iterator[Line]:
    """Keeps the first and the last of many counts in a row, with the others under the last."""
    for is_count, group in groupby(lines, key=lambda line: line.is_count):
        counts = list(group)
        if not is_count or len(counts) <= COUNTS_IN_A_ROW:
            yield from counts
        else:
            first, *between, last = counts
            yield first
            yield replace(last, folded=tuple(between))
