"""Amounts as REST v3 tells them: texts, exact to the millionth of a dollar, like in API v2."""

from __future__ import annotations

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
