"""Fields that cost money when they are misread: one value, ASCII digits, nothing guessed (S-23)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from services import links
from wallet.fields import OneValueInput
from wallet.money import InvalidAmount, parse_whole

_DIGITS = re.compile(r"[0-9]+", re.ASCII)


class WholeNumberField(forms.Field):
    """A count in ASCII digits, as an int."""

    widget = OneValueInput
    default_error_messages = {
        "invalid": _("Enter a whole number in plain digits, such as 1000."),
        "too_large": _("This number is too large: it has more than ten digits."),
    }

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        try:
            return parse_whole(str(value))
        except InvalidAmount as error:
            code = "too_large" if _DIGITS.fullmatch(str(value)) else "invalid"
            raise ValidationError(self.error_messages[code], code=code) from error

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {} if widget.is_hidden else {"inputmode": "numeric", "autocomplete": "off"}


class LinkField(forms.CharField):
    """A web address, kept as it was typed; the order stores its canonical form beside it."""

    widget = OneValueInput
    default_error_messages = {
        "name": _("Give the address of the page, not a name: https://example.com/name"),
    }

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if text.startswith("@"):
            raise ValidationError(self.error_messages["name"], code="name")
        if text:
            try:
                links.canonical(text)
            except links.InvalidLink as error:
                raise ValidationError(str(error.message), code="invalid") from error
        return text

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        plain = {"inputmode": "url", "autocomplete": "off", "autocapitalize": "off"}
        return super().widget_attrs(widget) | plain | {"spellcheck": "false", "dir": "ltr"}
