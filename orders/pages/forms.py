from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.pages.fields import LinkField, ParameterField, WholeNumberField, has_repeats
from orders.placing.asking import OrderRequest
from orders.refusals import OrderRefused, RefusalCode, Tick
from services.models import Service
from services.types import Counting, ServiceType, spec_of
from wallet import money

_MICROS = re.compile(r"[0-9]{1,18}", re.ASCII)
TICK = "tick"


class OrderForm(forms.Form):
    """What a customer wants, with the fields of the service's type (`services.types.SPECS`).

    Three hidden inputs say which form this is, so that it is one order however often it is sent,
    and which price it showed for what.
    """

    service = WholeNumberField(
        label=_("Service"), error_messages={"required": _("Choose a service.")}
    )
    link = LinkField(
        label=_("Link"), error_messages={"required": _("Give the link that the order is for.")}
    )
    quantity = WholeNumberField(
        label=_("Quantity"), error_messages={"required": _("Say how many.")}
    )
    runs = WholeNumberField(
        label=_("Runs"), required=False, help_text=_("How many times the quantity is delivered.")
    )
    interval = WholeNumberField(
        label=_("Minutes between two runs"), required=False, help_text=_("60 is an hour.")
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        customer_id: int,
        service: Service | None,
        initial: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.customer_id = customer_id
        self.chosen = service
        self.parameters: list[str] = []
        self._fit(service)

    def _fit(self, service: Service | None) -> None:
        spec = spec_of(service.type if service else ServiceType.DEFAULT)
        if not spec.has_link:
            del self.fields["link"]
        if spec.counting != Counting.ASKED:
            del self.fields["quantity"]
        if service is None or not (service.can_drip_feed and spec.takes_runs):
            del self.fields["runs"], self.fields["interval"]
        for parameter in spec.parameters:
            self.fields[parameter.name] = ParameterField(parameter)
        self.parameters = [parameter.name for parameter in spec.parameters]
        self.order_fields(["service", "link", *self.parameters, "quantity", "runs", "interval"])

    def clean(self) -> None:
        for name in self.parameters:
            if has_repeats(self.data, name):
                self.add_error(name, _("Give it once."))

    @property
    def asked_fields(self) -> list[forms.BoundField]:
        """What is asked of every order of the type, in the order of the page."""
        apart = ("service", "runs", "interval")
        return [self[name] for name in self.fields if name not in apart]

    @property
    def is_spread(self) -> bool:
        """Whether the part about a drip-feed is open: it is filled in, or something is wrong."""
        names = ("runs", "interval")
        return any(self[name].value() or self[name].errors for name in names)

    @property
    def ticked(self) -> frozenset[Tick]:
        sent = self.data.getlist(TICK) if isinstance(self.data, QueryDict) else []
        return frozenset(tick for tick in Tick if tick in sent)

    def request(self) -> OrderRequest:
        """What is asked for, as far as it can be read; the form must have been validated."""
        wanted = self.cleaned_data
        return OrderRequest(
            service_id=wanted.get("service") or 0,
            link=wanted.get("link") or "",
            quantity=wanted.get("quantity"),
            channel=Order.Channel.WEB,
            idempotency_key=_form_key(self.data.get("key", "")),
            shown_charge_micros=self.shown_charge_micros,
            texts={name: wanted.get(name) or "" for name in self.parameters},
            runs=wanted.get("runs"),
            interval_minutes=wanted.get("interval"),
            accepts_duplicate=Tick.DUPLICATE in self.ticked,
            acknowledged=frozenset(self.ticked - {Tick.DUPLICATE}),
        )

    @property
    def shown_charge_micros(self) -> int | None:
        shown = self.data.get("shown_charge", "")
        return int(shown) if _MICROS.fullmatch(shown) else None

    def has_seen(self, request: OrderRequest) -> bool:
        """Whether the customer has seen the price of just this before he sent it."""
        is_same = self.data.get("shown_for") == request.fingerprint
        return is_same and None not in (request.shown_charge_micros, request.idempotency_key)

    def refuse(self, refusal: OrderRefused) -> None:
        """Puts a refusal beside the inputs that it is about, with a way on where there is one."""
        is_asked = refusal.code == RefusalCode.NOT_ACKNOWLEDGED  # beside the ticks
        problems = {} if is_asked else self._own(refusal.problems)
        if not problems:
            self.add_error(None, self._explained(refusal))
        for name, words in problems.items():
            if name not in self.errors:
                is_main = name == refusal.field
                self.add_error(name, self._explained(refusal) if is_main else words)

    def _own(self, problems: Mapping[str, str]) -> dict[str, str]:
        return {name: words for name, words in problems.items() if name in self.fields}

    def _explained(self, refusal: OrderRefused) -> str:
        message = str(refusal.message)
        if refusal.code == RefusalCode.DUPLICATE_LINK and refusal.fact:
            return format_html(
                '{} <a href="{}">{}</a>',
                message,
                reverse("orders:order_detail", args=[refusal.fact]),
                gettext("See order %(id)s") % {"id": refusal.fact},
            )
        if refusal.code == RefusalCode.PRICE_CHANGED and self.shown_charge_micros is not None:
            shown = money.display(self.shown_charge_micros)
            return f"{gettext('You saw %(price)s.') % {'price': shown}} {message}"
        return message


def _form_key(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
