from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.pages.fields import LinkField, WholeNumberField
from orders.placing.placement import OrderRequest
from orders.placing.pricebox import PriceBox, name_of, price_box
from orders.refusals import OrderRefused, RefusalCode

_MICROS = re.compile(r"[0-9]{1,18}", re.ASCII)


class OrderForm(forms.Form):
    """What a customer wants. Three hidden inputs say which form this is, so that it is one order
    however often it is sent (UX-23), and which price it showed for what (UX-27)."""

    service = WholeNumberField(
        label=_("Service"), error_messages={"required": _("Choose a service.")}
    )
    link = LinkField(
        label=_("Link"), error_messages={"required": _("Give the link that the order is for.")}
    )
    quantity = WholeNumberField(
        label=_("Quantity"), error_messages={"required": _("Say how many.")}
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        customer_id: int,
        initial: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.customer_id = customer_id
        self.price: PriceBox | None = None

    def clean(self) -> None:
        """Asks for the price at once, so that a wrong quantity is named beside a wrong link."""
        wanted = self.cleaned_data
        if "service" not in wanted or "quantity" not in wanted:
            return
        try:
            self.price = price_box(
                customer_id=self.customer_id,
                service_id=wanted["service"],
                quantity=wanted["quantity"],
            )
        except OrderRefused as refusal:
            self.refuse(refusal)

    def request(self) -> OrderRequest | None:
        """The order to place, or None while the customer has not seen the price of just this."""
        wanted = self.cleaned_data
        name = name_of(service_id=wanted["service"], quantity=wanted["quantity"])
        shown, key = self.data.get("shown_charge", ""), _form_key(self.data.get("key", ""))
        has_seen_price = self.data.get("shown_for") == name and _MICROS.fullmatch(shown)
        if not has_seen_price or key is None:
            return None
        return OrderRequest(
            service_id=wanted["service"],
            link=wanted["link"],
            quantity=wanted["quantity"],
            channel=Order.Channel.WEB,
            idempotency_key=key,
            shown_charge_micros=int(shown),
        )

    def refuse(self, refusal: OrderRefused) -> None:
        """Puts a refusal beside the input that it is about, with a way on where there is one."""
        message = str(refusal.message)
        if refusal.code == RefusalCode.DUPLICATE_LINK and refusal.fact:
            message = format_html(
                '{} <a href="{}">{}</a>',
                message,
                reverse("orders:order_detail", args=[refusal.fact]),
                gettext("See order %(id)s") % {"id": refusal.fact},
            )
        self.add_error(refusal.field, message)


def _form_key(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
