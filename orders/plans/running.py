"""What a customer has that goes on by itself, under one name for each, and how it is canceled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.followups import asking
from orders.followups.asking import CannotAsk
from orders.followups.reasons import sentence
from orders.models import FINAL, FollowUp, Order, Repeat, Role
from orders.plans import drip_feeds, repeats
from wallet.money import display, read_number

LISTED = 50
_REPEAT, _ORDER = "repeat:", "order:"


class CannotCancel(Exception):
    """Only a person can do it; the words say why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`name` is "repeat:5" or "order:17"."""

    name: str
    words: str


def running_plans(*, customer_id: int) -> list[Plan]:
    """Monthly orders first, then subscriptions and drip-feeds that are not over."""
    return [*_repeats(customer_id), *_orders(customer_id)]


def cancel_plan(*, customer_id: int, name: str, at: datetime) -> str:
    """Cancels it and returns what that means for the money. A monthly order that is canceled
    already tells its end again. Raises CannotCancel."""
    number = read_number(name.removeprefix(_REPEAT).removeprefix(_ORDER)) or 0
    try:
        if name.startswith(_REPEAT):
            return _cancel_repeat(number, customer_id, at)
        order = Order.objects.visible_to(customer_id).get(pk=number)
        if order.role == Role.DRIP_FEED:
            return _stop(order, at)
        return _ask(order, at)
    except (Repeat.DoesNotExist, Order.DoesNotExist) as error:
        raise CannotCancel(_("It is over already.")) from error


def _repeats(customer_id: int) -> Iterator[Plan]:
    mine = Repeat.objects.filter(customer_id=customer_id).exclude(state=Repeat.State.ENDED)
    for repeat in mine.select_related("origin").order_by("-pk")[:LISTED]:
        facts = {"name": repeat.origin.snapshot.get("name", ""), "link": repeat.link}
        words = _("Every month: %(name)s · %(link)s") % facts
        yield Plan(name=f"{_REPEAT}{repeat.pk}", words=words)


def _orders(customer_id: int) -> Iterator[Plan]:
    mine = Order.objects.visible_to(customer_id).exclude(status__in=FINAL)
    plans = mine.filter(role__in=[Role.SUBSCRIPTION, Role.DRIP_FEED])
    for order in plans.order_by("-pk")[:LISTED]:
        facts = {"id": order.pk, "name": order.snapshot.get("name", "")}
        is_feed = order.role == Role.DRIP_FEED
        words = _("Drip-feed %(id)s: %(name)s") if is_feed else _("Subscription %(id)s: %(name)s")
        yield Plan(name=f"{_ORDER}{order.pk}", words=words % facts)


def _cancel_repeat(number: int, customer_id: int, at: datetime) -> str:
    repeat = repeats.cancel(repeat_id=number, customer_id=customer_id, at=at)
    if repeat.state == Repeat.State.ENDED or repeat.paid_until is None:
        return _("The monthly order is canceled. Nothing is placed or charged any more.")
    return _(
        "The monthly order is canceled. It runs to %(day)s, the end of the month that is paid for;"
        " nothing is charged any more, and the running month is not given back."
    ) % {"day": date_format(repeat.paid_until, "DATE_FORMAT")}


def _stop(order: Order, at: datetime) -> str:
    try:
        stopped = drip_feeds.stop(order_id=order.pk, customer_id=order.customer_id, at=at)
    except drip_feeds.NothingToStop as error:
        raise CannotCancel(_("Its runs have all begun, or its terms keep it running.")) from error
    back = display(stopped.refunded_micros - order.refunded_micros)
    return _("No further run begins, and %(back)s is back on the balance.") % {"back": back}


def _ask(order: Order, at: datetime) -> str:
    try:
        answer = asking.ask(
            order_id=order.pk,
            customer_id=order.customer_id,
            kind=FollowUp.Kind.CANCEL,
            at=at,
        )
    except CannotAsk as error:
        raise CannotCancel(str(sentence(error.reason))) from error
    if answer.is_canceled:
        return _("The subscription is canceled, and its charge is back on the balance.")
    if order.runs is None:
        return _(
            "No post of the subscription that appears from now on is charged. We have asked for it"
            " to be stopped; what still comes until then costs nothing."
        )
    return _(
        "We have asked for the subscription to be stopped. Posts that come until then still count;"
        " what was paid for and does not come is paid back."
    )
