"""Which orders are asked for: every filter of `GET /orders`, at a cost that does not grow with how
many orders there are (`orders.history`)."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.adminapi import lists, people
from accounts.adminapi.answering import Code, Refusal, invalid
from accounts.adminapi.reading import Fields
from orders import history
from orders.models import Order, OrderQuerySet, Status
from services import links

STATUSES = {status.value: status for status in Status}
_CHANNELS = {channel.value: channel for channel in Order.Channel}
_IS_MANUAL = Q(provider__is_manual=True) | Q(provider=None, offer__provider__is_manual=True)
_MODES = {"manual": _IS_MANUAL, "auto": ~_IS_MANUAL}
MOST_SERVICES = 100
# An index has their numbers, whosever they are.
_BY_INDEX = (Status.HELD, Status.UNCERTAIN)


def asked_for(fields: Fields, *, may_name_providers: bool) -> tuple[OrderQuerySet, Q]:
    """Orders that an index finds by their number, and what has to be looked for in each of them.
    Raises Refusal."""
    if fields.text("ip_address"):
        raise invalid("ip_address", _("the address that an order came from is not stored"))
    user = people.named(fields)
    orders = Order.objects.history_of(user.pk) if user else Order.objects.all()
    orders = _when(fields, orders, customer_id=user.pk if user else None)
    if ids := fields.numbers("ids", most=lists.MOST):
        orders = orders.filter(pk__in=ids)
    orders, sieve = _on_link(fields, orders)
    if status := fields.choice("order_status", STATUSES):
        if user or status in _BY_INDEX:
            orders = orders.filter(status=status)
        else:
            sieve &= Q(status=status)
    if provider := fields.text("provider", most=60):
        if not may_name_providers:
            raise Refusal(Code.NOT_PERMITTED)
        sieve &= _of_provider(provider)
    return orders, sieve & _about_what(fields)


def _when(fields: Fields, orders: OrderQuerySet, *, customer_id: int | None) -> OrderQuerySet:
    until = fields.moment("created_to")
    return history.between(
        orders,
        since=fields.moment("created_from"),
        # The last second is asked for, too.
        until=until + timedelta(seconds=1) if until else None,
        customer_id=customer_id,
    )


def _on_link(fields: Fields, orders: OrderQuerySet) -> tuple[OrderQuerySet, Q]:
    """However it is spelt; what is no address is looked for as it is."""
    link = fields.text("link")
    if not link:
        return orders, Q()
    try:
        return history.on_link(orders, links.canonical(link).key)
    except links.InvalidLink:
        return orders, Q(link=link)


def _about_what(fields: Fields) -> Q:
    wanted = Q()
    if services := fields.numbers("service_ids", most=MOST_SERVICES):
        wanted &= Q(service__in=services)
    if channel := fields.choice("creation_type", _CHANNELS):
        wanted &= Q(channel=channel)
    if mode := fields.choice("mode", _MODES):
        wanted &= mode
    return wanted


def _of_provider(named: str) -> Q:
    """By its number here or its name."""
    is_number = named.isascii() and named.isdecimal() and len(named) <= 18
    return Q(provider=int(named)) if is_number else Q(provider__name__iexact=named)
