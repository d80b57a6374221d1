"""Everything that the order form shows, put together once for the page and for each refresh."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts import switches
from accounts.models import KillSwitch
from legal.terms import policy_in_force
from orders.pages.addresses import FILLED, address_of
from orders.pages.forms import OrderForm
from orders.pages.lately import Known, known_services
from orders.pages.proposal import Proposal, propose
from orders.pages.sums import Sum, sum_of
from orders.placing.asking import OrderRequest
from orders.placing.placement import quote_for, review_order
from orders.refusals import OrderRefused, RefusalCode, Tick
from services import catalogue
from services.catalogue import Picker, Wanted
from services.models import Service
from services.pricing import Quote
from services.types import Counting, spec_of
from wallet.balances import balances_of
from wallet.money import read_number

# Says that the service was picked from a search: the link is what is typed next.
FOUND = "found"

# What is typed fits other services, too.
KEPT = ("link", "quantity")

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Checkout:
    """The last step: the whole proposal and the name of what it is for; else the sum alone, or
    none, and in `hint` what it waits for. `address` leads back to the filled form if it can;
    `asks_country`: its customer has to say first where he is billed (CAT-14)."""

    sum: Sum | None = None
    proposal: Proposal | None = None
    shown_for: str = ""
    hint: str = ""
    ticked: frozenset[Tick] = frozenset()
    address: str | None = None
    asks_country: bool = False

    @property
    def link(self) -> str:
        """The address to hand on; empty where none leads here."""
        is_shared = self.proposal is not None and self.address is not None
        return f"{settings.SITE_URL.rstrip('/')}{self.address}" if is_shared else ""


@dataclass(frozen=True, slots=True)
class Workspace:
    form: OrderForm
    picker: Picker
    checkout: Checkout
    key: str
    switched_off: str | None
    known: Known
    not_on_sale: int | None = None

    @property
    def filled(self) -> Texts:
        """What goes along to another service."""
        return {name: self.form[name].value() or "" for name in KEPT if name in self.form.fields}


def sent_form(data: QueryDict, *, customer_id: int) -> OrderForm:
    """The form as it was sent, with the fields of the service that it names."""
    service_id = read_number(data.get("service"))
    on_sale = Service.objects.listed().priced_for(customer_id)
    service = None if service_id is None else on_sale.filter(pk=service_id).first()
    return OrderForm(data, customer_id=customer_id, service=service)


def filled_workspace(*, customer_id: int, asked: Texts, at: datetime) -> Workspace:
    """The form as an address fills it, or as it was sent to have its fields changed; nothing in
    it is refused before it is ordered with."""
    wanted = _wanted(asked)
    picker = catalogue.pick(customer_id=customer_id, wanted=wanted)
    filled = {name: asked[name] for name in FILLED if asked.get(name)}
    filled["service"] = str(picker.service.pk) if picker.service else ""
    form = OrderForm(customer_id=customer_id, service=picker.service, initial=filled)
    if FOUND in asked and "link" in form.fields:
        form.fields["link"].widget.attrs["autofocus"] = True
    data = QueryDict(mutable=True)
    data.update(filled)
    as_sent = OrderForm(data, customer_id=customer_id, service=picker.service)
    work = _compose(form, picker=picker, checkout=checkout_for(as_sent, at=at))
    gone = _not_on_sale(wanted, picker, customer_id=customer_id)
    return replace(work, not_on_sale=gone)


def sent_workspace(form: OrderForm, *, at: datetime) -> Workspace:
    """The form as it was sent, input kept, with a key of its own for the next try."""
    service_id = read_number(form.data.get("service"))
    wanted = _wanted(form.data) if service_id is None else Wanted(service_id=service_id)
    picker = catalogue.pick(customer_id=form.customer_id, wanted=wanted)
    return _compose(form, picker=picker, checkout=checkout_for(form, at=at))


def checkout_for(form: OrderForm, *, at: datetime) -> Checkout:
    """What the filled form leads to, without the catalogue around it."""
    empty = Checkout(
        ticked=form.ticked,
        address=address_of({name: form.data.get(name, "") for name in FILLED}),
    )
    if form.chosen is None:
        return replace(empty, hint=_("Choose a service to see its price."))
    # Tried on a copy: the form itself says nothing about input that was not sent yet.
    tried = OrderForm(form.data, customer_id=form.customer_id, service=form.chosen)
    is_readable, request = tried.is_valid(), tried.request()
    if not is_readable:
        return _price_alone(empty, form, request, at=at)
    try:
        review = review_order(customer_id=form.customer_id, request=_unticked(request), at=at)
    except OrderRefused as refusal:
        return _price_alone(replace(empty, hint=_hint_of(form, refusal)), form, request, at=at)
    proposal = propose(customer_id=form.customer_id, service=form.chosen, review=review, at=at)
    return replace(empty, proposal=proposal, sum=proposal.sum, shown_for=request.fingerprint)


def _unticked(request: OrderRequest) -> OrderRequest:
    """A review names what is ticked already, too: it stays on the page."""
    return replace(request, accepts_duplicate=False, acknowledged=frozenset())


def _price_alone(
    checkout: Checkout, form: OrderForm, request: OrderRequest, *, at: datetime
) -> Checkout:
    try:
        quote = _quote(form, request)
    except OrderRefused as refusal:
        asks = refusal.code == RefusalCode.COUNTRY_UNKNOWN
        return replace(checkout, hint=_hint_of(form, refusal), asks_country=asks)
    policy = policy_in_force(at=at)
    hint = checkout.hint or _("Fill in the rest, then see the whole order here.")
    if form.chosen is None or policy is None:
        return replace(checkout, hint=hint)
    found = sum_of(
        service=form.chosen,
        quote=quote,
        balances=balances_of(customer_id=form.customer_id),
        spend_order=policy.wallet_spend_order,
    )
    return replace(checkout, sum=found, hint=hint)


def name_all_problems(form: OrderForm, *, at: datetime) -> None:
    """Says beside every input of a form that was refused what else is wrong with it."""
    if form.chosen is None:
        return
    request = form.request()
    try:
        review_order(customer_id=form.customer_id, request=request, at=at)
    except OrderRefused as refusal:
        if refusal.problems:
            form.refuse(refusal)
    try:
        _quote(form, request)
    except OrderRefused as refusal:
        form.refuse(refusal)


def _quote(form: OrderForm, request: OrderRequest) -> Quote:
    return quote_for(
        customer_id=form.customer_id,
        service_id=request.service_id,
        quantity=request.quantity,
        texts=request.texts,
        runs=request.runs,
    )


def _hint_of(form: OrderForm, refusal: OrderRefused) -> str:
    """What is missing is asked for; what is wrong is said."""
    field = refusal.field or ""
    is_missing = field in form.fields and not form.data.get(field)
    if refusal.code != RefusalCode.INVALID_PARAMETER or not is_missing:
        return str(refusal.message)
    if field == "quantity":
        return _("Enter a quantity to see the price.")
    return _("Fill in “%(label)s” to go on.") % {"label": form.fields[field].label}


def _wanted(asked: Texts) -> Wanted:
    return Wanted(
        platform_id=read_number(asked.get("platform")),
        category_id=read_number(asked.get("category")),
        service_id=read_number(asked.get("service")),
    )


def _compose(form: OrderForm, *, picker: Picker, checkout: Checkout) -> Workspace:
    if picker.service is not None:
        _explain(form, picker.service)
    return Workspace(
        form=form,
        picker=picker,
        checkout=checkout,
        key=str(uuid.uuid4()),
        switched_off=switches.reason_off(KillSwitch.Part.ORDERS),
        known=known_services(form.customer_id),
    )


def _not_on_sale(wanted: Wanted, picker: Picker, *, customer_id: int) -> int | None:
    """The number of a service that an address asks for and nobody can order; a service that is
    merely of another category than the chosen one was let go of on purpose."""
    number = wanted.service_id
    if number is None or picker.service is not None:
        return None
    on_sale = catalogue.on_sale_for(customer_id)
    return None if on_sale.filter(pk=number).exists() else number


def _explain(form: OrderForm, service: Service) -> None:
    if service.link_example and "link" in form.fields:
        form["link"].help_text = format_html(
            '{} <bdi dir="ltr">{}</bdi>', _("Example:"), service.link_example
        )
    limits = format_html(
        "<bdi>{}</bdi> – <bdi>{}</bdi>", f"{service.min_quantity:,}", f"{service.max_quantity:,}"
    )
    if "quantity" in form.fields:
        form["quantity"].help_text = limits
    counted = spec_of(service.type).counted
    if spec_of(service.type).counting == Counting.LINES:
        form[counted].help_text = format_html("{} {}", form.fields[counted].help_text, limits)
