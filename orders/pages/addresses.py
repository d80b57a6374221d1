"""Addresses of filled order forms: to keep, to share, and to come back to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from accounts import drafts
from orders.models import Order
from services.types import SPECS

PARAMETERS = tuple(
    dict.fromkeys(parameter.name for spec in SPECS.values() for parameter in spec.parameters)
)
FILLED = ("service", "link", "quantity", "runs", "interval", *PARAMETERS)
PICKED = ("platform", "category")
CHOSEN = (*PICKED, *FILLED)
# Ten thousand comments fit in no address: above this they wait as a draft.
LONGEST_ADDRESS = 1500
LONGEST_DRAFT = 250_000

Texts = Mapping[str, str]


def address_of(texts: Texts, *, names: Iterable[str] = FILLED) -> str | None:
    """The address of a form that is filled like this one; None when it would be too long."""
    filled = {name: texts[name] for name in names if texts.get(name)}
    start = reverse("orders:order_new")
    address = f"{start}?{urlencode(filled)}" if filled else start
    return address if len(address) <= LONGEST_ADDRESS else None


def way_back(request: HttpRequest, *, names: Iterable[str] = FILLED) -> str:
    """An address that brings back what was sent, whatever its length. What no form could have
    sent is left out. Raises RedisError when the cache does not answer."""
    sent = {name: request.POST[name] for name in names if request.POST.get(name)}
    if (address := address_of(sent, names=names)) is not None:
        return address
    name = drafts.keep(request, sent, longest=LONGEST_DRAFT)
    start = reverse("orders:order_new")
    return start if name is None else f"{start}?{urlencode({drafts.NAME: name})}"


def texts_of(order: Order) -> dict[str, str]:
    """What somebody would type to order the same."""
    typed = {name: _text_of(value) for name, value in order.parameters.items()}
    own = {"service": order.service_id, "link": order.link, "quantity": order.quantity}
    plan = {"runs": order.runs, "interval": order.interval_minutes}
    return typed | {name: str(value) for name, value in (own | plan).items() if value}


def _text_of(value: object) -> str:
    return "\n".join(value) if isinstance(value, list) else str(value)
