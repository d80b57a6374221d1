"""Which orders are asked for: every filter of `GET /orders` as one condition."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.adminapi import lists, people
from accounts.adminapi.answering import Code, Refusal, invalid
from accounts.adminapi.reading import Fields
from orders.models import Order, OrderQuerySet, Status

STATUSES = {status.value: status for status in Status}
_CHANNELS = {channel.value: channel for channel in Order.Channel}
_IS_MANUAL = Q(provider__is_manual=True) | Q(provider=None, offer__provider__is_manual=True)
_MODES = {"manual": _IS_MANUAL, "auto": ~_IS_MANUAL}
MOST_SERVICES = 100


def asked_for(fields: Fields, *, may_name_providers: bool) -> OrderQuerySet:
    """Raises Refusal."""
    if fields.text("ip_address"):
        raise invalid("ip_address", _("the address that an order came from is not stored"))
    wanted = _of_whom(fields) & _about_what(fields) & _when(fields)
    if provider := fields.text("provider", most=60):
        if not may_name_providers:
            raise Refusal(Code.NOT_PERMITTED)
        wanted &= _of_provider(provider)
    return Order.objects.filter(wanted)


def _of_whom(fields: Fields) -> Q:
    user, wanted = people.named(fields), Q()
    if user is not None:
        wanted &= Q(customer=user)
    if channel := fields.choice("creation_type", _CHANNELS):
        wanted &= Q(channel=channel)
    return wanted


def _about_what(fields: Fields) -> Q:
    wanted = Q()
    if ids := fields.numbers("ids", most=lists.MOST):
        wanted &= Q(pk__in=ids)
    if services := fields.numbers("service_ids", most=MOST_SERVICES):
        wanted &= Q(service__in=services)
    if status := fields.choice("order_status", STATUSES):
        wanted &= Q(status=status)
    if mode := fields.choice("mode", _MODES):
        wanted &= mode
    if link := fields.text("link"):
        wanted &= Q(link=link)
    return wanted


def _when(fields: Fields) -> Q:
    wanted = Q()
    if since := fields.moment("created_from"):
        wanted &= Q(created_at__gte=since)
    if until := fields.moment("created_to"):
        wanted &= Q(created_at__lte=until)
    return wanted


def _of_provider(named: str) -> Q:
    """By its number here or its name."""
    is_number = named.isascii() and named.isdecimal() and len(named) <= 18
    return Q(provider=int(named)) if is_number else Q(provider__name__iexact=named)
