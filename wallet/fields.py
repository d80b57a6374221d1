"""Money as people type it: ASCII digits, at most one point, once per form. Anything else is refused
in words, never repaired: a guess about money is a wrong charge (S-23)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
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

    # In percent. What is added to a price may be more than the whole of it.
    largest = 100
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
        if micros % _MICROS_PER_HUNDREDTH or micros > self.largest * MICROS_PER_UNIT:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return micros // _MICROS_PER_HUNDREDTH


class SheetField(forms.FileField):
    """A text file of at most `longest_bytes` as text. Only its content counts: what it is called
    says nothing (S-18)."""

    default_error_messages = {
        "too_large": _("This file is too large: it may have %(most)s bytes."),
        "no_text": _("This is no text file in UTF-8. In a spreadsheet, save it as “CSV UTF-8”."),
    }

    def __init__(self, *, longest_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self.longest_bytes = longest_bytes

    def clean(self, data: Any, initial: Any = None) -> str:
        if not isinstance(data, UploadedFile):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return ""
        content: bytes = data.read(self.longest_bytes + 1)
        if len(content) > self.longest_bytes:
            raise ValidationError(
                self.error_messages["too_large"],
                code="too_large",
                params={"most": f"{self.longest_bytes:,}"},
            )
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = "\x00"
        if "\x00" in text:
            raise ValidationError(self.error_messages["no_text"], code="no_text")
        return text
