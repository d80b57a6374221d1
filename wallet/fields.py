"""Money as people type it: ASCII digits, at most one point, once per form. Anything else is refused
in words, never repaired: a guess about money is a wrong charge (S-23)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from wallet.money import MICROS_PER_UNIT, InvalidAmount, parse_amount, plain

_MICROS_PER_HUNDREDTH = MICROS_PER_UNIT // 100


class OneValue:
    """A widget that sees every value sent under its name, so that none is quietly dropped:
    of `amount=1&amount=999` Django would take the last one. Joined, they are no valid value."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        values = data.getlist(name) if isinstance(data, QueryDict) else [data.get(name)]
        return " ".join(map(str, values)) if len(values) > 1 else data.get(name)


class OneValueInput(OneValue, forms.TextInput):
    pass


class OneValueRadios(OneValue, forms.RadioSelect):
    pass


class AmountField(forms.Field):
    """Text to micros: "12.50" -> 12500000; None when empty and not required."""

    widget = OneValueInput
    default_error_messages = {
        "required": _("Type an amount."),
        "invalid": _("Use digits and at most one point, such as 25 or 12.50, nothing else."),
    }

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {"inputmode": "decimal", "autocomplete": "off", "maxlength": "20"}

    def prepare_value(self, value: object) -> object:
        """Micros (an initial value) as text; what was typed as it was typed."""
        return plain(value, least_decimals=2) if isinstance(value, int) else value

    def to_python(self, value: str | None) -> int | None:
        if value in self.empty_values:
            return None
        try:
            return parse_amount(str(value))
        except InvalidAmount as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class PercentField(AmountField):
    """Text to hundredths of a percent: "7.5" -> 750; None when empty and not required."""

    default_error_messages = {
        "required": _("Type a percentage."),
        "invalid": _("Use digits and at most two after the point, such as 5 or 7.5; 100 at most."),
    }

    def prepare_value(self, value: object) -> object:
        return plain(value * _MICROS_PER_HUNDREDTH) if isinstance(value, int) else value

    def to_python(self, value: str | None) -> int | None:
        micros = super().to_python(value)
        if micros is None:
            return None
        if micros % _MICROS_PER_HUNDREDTH or micros > 100 * MICROS_PER_UNIT:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return micros // _MICROS_PER_HUNDREDTH
