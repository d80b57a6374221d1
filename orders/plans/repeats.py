"""Orders that are placed again every month: agreed to in stored words, and ended at any time.

Nothing here takes money: a period is charged by `renewing`, at most the sum that was agreed to.
Sources: SUB-01 to SUB-07; docs/plans.md, "Repeat orders".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.models import Order, Repeat, Role, Status
from orders.placing.asking import OrderRequest
from orders.placing.placement import quote_for, quote_with
from orders.plans.months import next_on
from orders.refusals import OrderRefused, Tick
from services import parameters
from services.models import Service
from services.pricing import Quote
from services.types import spec_of
from wallet.money import display

State = Repeat.State


class CannotRepeat(Exception):
    """This order cannot be repeated, or is repeated already."""


class AnotherPrice(Exception):
    """The price is not the one that was agreed to; `charge_micros` is what it is now."""

    def __init__(self, charge_micros: int) -> None:
        super().__init__(charge_micros)
        self.charge_micros = charge_micros


def may_repeat(*, order: Order) -> bool:
    """Plain orders, of which no repeat is running; one that was refused or taken back is not what
    anybody wants again."""
    is_plain = order.role == Role.SINGLE and order.runs is None
    if not is_plain or order.status == Status.CANCELED:
        return False
    return not order.repeats.exclude(state=State.ENDED).exists()


def quote_of(order: Order) -> Quote:
    """What a month of this order costs its customer now. Raises OrderRefused."""
    return quote_for(
        customer_id=order.customer_id,
        service_id=order.service_id,
        quantity=order.quantity,
        texts=texts_of(order.snapshot, order.parameters),
    )


def dearer_of(running: Sequence[Repeat]) -> set[int]:
    """The keys of those of one customer whose next month would cost more than was agreed to
    (SUB-07). Their services are read with one query; `origin` should be there already."""
    if not running:
        return set()
    priced = Service.objects.priced_for(running[0].customer_id)
    services = priced.in_bulk([repeat.origin.service_id for repeat in running])
    return {
        repeat.pk for repeat in running if _is_dearer(repeat, services[repeat.origin.service_id])
    }


def _is_dearer(repeat: Repeat, service: Service) -> bool:
    order = repeat.origin
    texts = texts_of(order.snapshot, order.parameters)
    try:
        quote = quote_with(service=service, quantity=order.quantity, texts=texts)
    except OrderRefused:
        return False
    return quote.charge_micros > repeat.agreed_charge_micros


def texts_of(snapshot: dict[str, object], values: dict[str, parameters.Value]) -> dict[str, str]:
    """The parameters of an order as they would be typed again."""
    return parameters.upstream(spec=spec_of(str(snapshot["type"])), values=values)


def mandate_words(*, charge_micros: int, first_on: date, anchor_day: int) -> str:
    """What is agreed to when an order is to be repeated; stored as it was shown (SUB-04)."""
    return _(
        "I let %(site)s place this order again every month on day %(day)s (in shorter months on"
        " their last), for the first time on %(first)s, and take at most %(charge)s for it from my"
        " balance each time without asking me again. If my balance does not cover it, nothing is"
        " placed until it does. A higher price needs my consent first. I can cancel at any time;"
        " the month that is running stays paid for."
    ) % {
        "site": settings.SITE_NAME,
        "day": anchor_day,
        "first": date_format(first_on, "DATE_FORMAT"),
        "charge": display(charge_micros),
    }


def begin(
    *, order_id: int, customer_id: int, agreed_micros: int, ip: str | None, at: datetime
) -> Repeat:
    """Has an order placed again every month from the day of the consent; this month is the order
    itself. Raises CannotRepeat, AnotherPrice, OrderRefused, Order.DoesNotExist."""
    order = Order.objects.visible_to(customer_id).get(pk=order_id)
    if not may_repeat(order=order):
        raise CannotRepeat
    quote = quote_of(order)
    if quote.charge_micros != agreed_micros:
        raise AnotherPrice(quote.charge_micros)
    today = at.date()
    first_on = next_on(after=today, anchor_day=today.day)
    words = mandate_words(charge_micros=agreed_micros, first_on=first_on, anchor_day=today.day)
    try:
        with transaction.atomic():
            return Repeat.objects.create(
                customer_id=customer_id,
                origin=order,
                service_id=order.service_id,
                link=order.link,
                quantity=order.quantity,
                parameters=order.parameters,
                anchor_day=today.day,
                next_on=first_on,
                paid_until=first_on,
                agreed_charge_micros=agreed_micros,
                mandate=words,
                agreed_at=at,
                agreed_from_ip=ip,
            )
    except IntegrityError as error:
        if "orders_repeat_one_of_an_order" not in str(error):
            raise
        raise CannotRepeat from error


def agree(
    *, repeat_id: int, customer_id: int, agreed_micros: int, ip: str | None, at: datetime
) -> Repeat:
    """Agrees to another price from the next charge on, with new words. Raises AnotherPrice,
    OrderRefused, Repeat.DoesNotExist."""
    with transaction.atomic():
        repeat = _own(repeat_id, customer_id)
        quote = quote_of(repeat.origin)
        if quote.charge_micros != agreed_micros:
            raise AnotherPrice(quote.charge_micros)
        if repeat.next_on is None:
            raise Repeat.DoesNotExist
        repeat.agreed_charge_micros = agreed_micros
        repeat.mandate = mandate_words(
            charge_micros=agreed_micros, first_on=repeat.next_on, anchor_day=repeat.anchor_day
        )
        repeat.agreed_at, repeat.agreed_from_ip = at, ip
        repeat.save()
        # What waited for this is tried at once.
        repeat.periods.filter(order=None).update(trouble="", tried_at=None)
    return repeat


def cancel(*, repeat_id: int, customer_id: int, at: datetime) -> Repeat:
    """Places nothing any more. The month that is paid for runs on, and is not given back (SUB-03);
    where nothing is paid for, it is over at once. A second call changes nothing.

    Raises Repeat.DoesNotExist.
    """
    with transaction.atomic():
        repeat = _own(repeat_id, customer_id)
        if repeat.next_on is not None:
            end(repeat=repeat, at=at)
    return repeat


def end(*, repeat: Repeat, at: datetime) -> None:
    """Takes a locked repeat out of every sweep that charges."""
    runs_on = repeat.paid_until is not None and repeat.paid_until > at.date()
    repeat.state = State.ENDING if runs_on else State.ENDED
    repeat.ended_at = None if runs_on else at
    repeat.next_on = None
    repeat.save(update_fields=["state", "ended_at", "next_on"])


def request_of(repeat: Repeat, *, number: int, charge_micros: int) -> OrderRequest:
    """The order of a period, under a key that lets it be placed once."""
    return OrderRequest(
        service_id=repeat.service_id,
        link=repeat.link,
        quantity=repeat.quantity,
        channel=Order.Channel.WEB,
        idempotency_key=f"repeat:{repeat.pk}:{number}",
        shown_charge_micros=charge_micros,
        texts=texts_of(repeat.origin.snapshot, repeat.parameters),
        # Nobody is there to tick it again: it is part of what was agreed to for every month.
        acknowledged=frozenset({Tick.PRIVATE_LINK, Tick.SAME_CATEGORY}),
    )


def _own(repeat_id: int, customer_id: int) -> Repeat:
    mine = Repeat.objects.filter(customer_id=customer_id).select_related("origin")
    return mine.select_for_update(of=("self",)).get(pk=repeat_id)
