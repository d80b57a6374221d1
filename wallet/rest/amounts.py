"""Amounts as REST v3 tells them: texts, exact to the millionth of a dollar, like in API v2."""

from __future__ import annotations

from contextlib import suppress

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from wallet import money

CURRENCY = "USD"
SCHEMA = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,6})?$", "examples": ["0.27819"]}


@extend_schema_field(SCHEMA)
class Amount(serializers.Field):
    """Micros in, "0.27819" out: no more decimals than the value has."""

    def to_representation(self, value: int) -> str:
        return money.plain(value)


@extend_schema_field({"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,6})?$"})
class AmountAsked(serializers.Field):
    """ "0.27819" in, micros out: a text, because a JSON number of dollars is no exact one."""

    default_error_messages = {"invalid": _('Send an amount as a text, such as "0.27819".')}

    def to_internal_value(self, data: object) -> int:
        if isinstance(data, str):
            with suppress(money.InvalidAmount):
                return money.parse_amount(data)
        raise serializers.ValidationError(self.error_messages["invalid"], code="invalid")
