"""Everything that the order form shows, put together once for the page and for each refresh."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts import switches
from accounts.models import KillSwitch
from legal.models import Publication
from legal.terms import policy_of
from orders.pages.forms import OrderForm
from orders.placing.pricebox import PriceBox, price_box
from orders.refusals import OrderRefused
from services import catalogue
from services.catalogue import Picker, Wanted
from services.models import Service
from wallet.money import read_number

# What an address fills in: a link to a filled form can be kept and shared (UX-2B).
FILLED = ("service", "link", "quantity")
CHOSEN = ("platform", "category", *FILLED)
# Says that the service was picked from a search: the link is what is typed next.
FOUND = "found"

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Checkout:
    """The last step: the price, or in `hint` what it waits for; `address` leads back to it."""

    price: PriceBox | None
    hint: str
    address: str
    undo_seconds: int


@dataclass(frozen=True, slots=True)
class Workspace:
    form: OrderForm
    picker: Picker
    checkout: Checkout
    key: str
    switched_off: str | None
    not_on_sale: int | None


def filled_workspace(*, customer_id: int, asked: Texts) -> Workspace:
    """The form as an address fills it; nothing in it is refused before it is sent."""
    form = OrderForm(
        customer_id=customer_id, initial={name: asked[name] for name in FILLED if name in asked}
    )
    wanted = _wanted(asked)
    work = _compose(form, wanted=wanted, texts=asked)
    return replace(work, not_on_sale=_not_on_sale(wanted, work.picker))


def sent_workspace(form: OrderForm) -> Workspace:
    """The form as it was sent, input kept, with a key of its own for the next try."""
    texts: dict[str, str] = {name: form.data.get(name, "") for name in CHOSEN}
    service_id = read_number(texts["service"])
    wanted = Wanted(service_id=service_id) if service_id is not None else _wanted(texts)
    return _compose(form, wanted=wanted, texts=texts)


def checkout_for(*, customer_id: int, asked: Texts) -> Checkout:
    """The price of what is filled in, without the catalogue around it."""
    service_id = read_number(asked.get("service"))
    quantity = read_number(asked.get("quantity"))
    price, hint = None, ""
    if service_id is None:
        hint = _("Choose a service to see its price.")
    elif quantity is None:
        hint = _("Enter a quantity to see the price.")
    else:
        try:
            price = price_box(customer_id=customer_id, service_id=service_id, quantity=quantity)
        except OrderRefused as refusal:
            hint = str(refusal.message)
    return Checkout(price=price, hint=hint, address=address_of(asked), undo_seconds=_undo_seconds())


def address_of(asked: Texts, *, names: tuple[str, ...] = FILLED) -> str:
    """The address of a form that is filled like this one."""
    filled = {name: asked[name] for name in names if asked.get(name)}
    start = reverse("orders:order_new")
    return f"{start}?{urlencode(filled)}" if filled else start


def _wanted(asked: Texts) -> Wanted:
    return Wanted(
        platform_id=read_number(asked.get("platform")),
        category_id=read_number(asked.get("category")),
        service_id=read_number(asked.get("service")),
    )


def _compose(form: OrderForm, *, wanted: Wanted, texts: Texts) -> Workspace:
    picker = catalogue.pick(customer_id=form.customer_id, wanted=wanted)
    filled = {name: texts.get(name, "") for name in FILLED}
    filled["service"] = str(picker.service.pk) if picker.service else ""
    if picker.service is not None:
        _explain(form, picker.service)
    if FOUND in texts:
        form.fields["link"].widget.attrs["autofocus"] = True
    checkout = checkout_for(customer_id=form.customer_id, asked=filled)
    return Workspace(
        form=form,
        picker=picker,
        checkout=checkout,
        key=str(uuid.uuid4()),
        switched_off=switches.reason_off(KillSwitch.Part.ORDERS),
        not_on_sale=None,
    )


def _not_on_sale(wanted: Wanted, picker: Picker) -> int | None:
    """The number of a service that an address asks for and nobody can order; a service that is
    merely of another category than the chosen one was let go of on purpose."""
    number = wanted.service_id
    if number is None or picker.service is not None:
        return None
    return None if Service.objects.listed().filter(pk=number).exists() else number


def _explain(form: OrderForm, service: Service) -> None:
    if service.link_example:
        form["link"].help_text = format_html(
            '{} <bdi dir="ltr">{}</bdi>', _("Example:"), service.link_example
        )
    form["quantity"].help_text = format_html(
        "<bdi>{}</bdi> – <bdi>{}</bdi>", f"{service.min_quantity:,}", f"{service.max_quantity:,}"
    )


def _undo_seconds() -> int:
    """How long an order of today can be taken back, by the terms in force."""
    publication = Publication.objects.in_force(at=timezone.now()).first()
    return policy_of(publication.pk).order_undo_seconds if publication else 0
