"""What callers send about orders: the members that all service types share, and those that each
type asks for, made of the same declaration as everything else about types (`services.types`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest.fields import Asked, Choice, Digits, Flag, Moment, Text, Whole
from accounts.rest.paging import PageAsked
from accounts.rest.problems import INCORRECT, Refusal
from orders.models import Order
from orders.placing.asking import OrderRequest
from orders.rest.words import STATUSES
from services.types import SPECS, Parameter, Shape
from wallet.rest.amounts import AmountAsked

MOST_AT_ONCE = 100
IDEMPOTENCY_KEY = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)


class Line(Text):
    """One line of a list: what breaks it would make two of it."""

    default_error_messages = {"broken": gettext_lazy("Send each line as a text of its own.")}

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        if "\n" in text or "\r" in text:
            raise serializers.ValidationError(self.error_messages["broken"], code="broken")
        return text


class Day(serializers.DateField):
    """A day by ISO 8601."""

    default_error_messages = {"invalid": gettext_lazy("Send a day like 2030-12-31.")}

    def to_internal_value(self, value: object) -> date:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise serializers.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_internal_value(value)


def _field(parameter: Parameter) -> serializers.Field:
    about = str(parameter.about or parameter.label)
    match parameter.shape:
        case Shape.LINES:
            lines = Line(allow_blank=True)
            return serializers.ListField(
                child=lines, required=False, max_length=parameter.most, help_text=about
            )
        case Shape.NUMBER:
            return Whole(required=False, help_text=about)
        case Shape.CHOICE:
            return _choice(parameter, about)
        case Shape.DATE:
            return Day(required=False, help_text=about.replace("Day/month/year. ", ""))
    return Text(required=False, allow_blank=True, help_text=about)


def _choice(parameter: Parameter, about: str) -> serializers.Field:
    """All codes of the trade are whole numbers; those that nobody knows are refused by `placing`,
    which knows the type."""
    codes = [int(code) for code in parameter.choices]
    described = extend_schema_field({"type": "integer", "enum": codes})(type("Code", (Whole,), {}))
    words = [f"{code}: {word}" for code, word in parameter.choices.items() if word != code]
    explained = f"{about.rstrip('.')}. {', '.join(words)}".strip()
    return described(required=False, help_text=explained)


def _parameters() -> dict[str, Parameter]:
    """Every parameter of every type by its name; those of one name are sent alike."""
    return {each.name: each for spec in SPECS.values() for each in spec.parameters}


class OrderAsked(Asked):
    """An order of any service type. Members that its type does not know are not looked at."""

    service = Whole(min_value=1, help_text="The number of a service.")
    link = Text(
        required=False,
        allow_blank=True,
        help_text="Where to deliver. Subscriptions have `username` instead.",
    )
    quantity = Whole(
        required=False,
        help_text="How many; of a drip-feed in each run. Some types count their lines.",
    )
    runs = Whole(required=False, help_text="Of a drip-feed: how many runs are paid for.")
    interval = Whole(required=False, help_text="Of a drip-feed: minutes between two runs.")
    allow_duplicate = Flag(
        required=False,
        default=False,
        help_text="Order although an order of this service runs on the link.",
    )
    expected_charge = AmountAsked(
        required=False,
        help_text="Order at this charge alone; at another one it is refused: price_changed.",
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        own = {name: _field(parameter) for name, parameter in _parameters().items()}
        return {**super().get_fields(), **own}


class _EachForItself(serializers.ListSerializer):
    """What is wrong with one is no matter of the others: it stands in its place as an error."""

    def run_child_validation(self, data: object) -> object:
        try:
            return super().run_child_validation(data)
        except serializers.ValidationError as error:
            return error


class BatchOrderAsked(OrderAsked):
    """One of several orders."""

    idempotency_key = Text(
        required=False, max_length=100, help_text="As the header Idempotency-Key of POST /orders."
    )

    class Meta:
        list_serializer_class = _EachForItself


class BatchAsked(Asked):
    orders = BatchOrderAsked(many=True, min_length=1, max_length=MOST_AT_ONCE)


class OrdersAsked(PageAsked):
    status = Choice(choices=STATUSES, required=False)
    service = Digits(required=False, help_text="The number of a service.")
    link = Text(required=False, help_text="Orders for this link, however it is spelt.")
    since = Moment(required=False, help_text="Placed at this time or later.")
    until = Moment(required=False, help_text="Placed before this time.")


class RequestsAsked(PageAsked):
    order = Digits(required=False, help_text="Those of this order alone.")


def request_of(asked: Mapping[str, Any], *, key: str | None) -> OrderRequest:
    """The order that is asked for, as every door asks for it."""
    runs = asked.get("runs")
    return OrderRequest(
        service_id=asked["service"],
        link=asked.get("link", ""),
        quantity=asked.get("quantity"),
        channel=Order.Channel.API,
        idempotency_key=key,
        shown_charge_micros=asked.get("expected_charge"),
        texts={name: _text(asked[name]) for name in asked if name in _parameters()},
        runs=runs,
        interval_minutes=asked.get("interval") if runs is not None and runs > 1 else None,
        accepts_duplicate=asked["allow_duplicate"],
    )


def key_in(header: str | None) -> str | None:
    """The Idempotency-Key of a call. Raises Refusal for one that cannot be kept as it is."""
    if header is None:
        return None
    if _KEY.fullmatch(header) is None:
        words = _("Send 1 to 100 letters, digits or signs, without spaces.")
        raise Refusal(INCORRECT, detail=words, errors={IDEMPOTENCY_KEY: words})
    return header


def _text(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(value)
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)
