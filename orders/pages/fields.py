"""Fields that cost money when they are misread: one value, ASCII digits, nothing guessed (S-23)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from services import links
from services.types import Parameter, Shape
from wallet.fields import OneValue, OneValueInput
from wallet.money import InvalidAmount, parse_whole

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII)


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


_AS_IT_IS = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


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
        attributes = {"inputmode": "url", "dir": "ltr"} | _AS_IT_IS
        return super().widget_attrs(widget) | attributes


class _OneSelect(OneValue, forms.Select):
    pass


class _Text(OneValue, forms.Textarea):
    pass


class _Lines(_Text):
    """Counts its lines while somebody types, where scripts run."""

    template_name = "orders/_lines.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        lines = sum(bool(line.strip()) for line in str(value or "").split("\n"))
        return super().get_context(name, value, attrs) | {"lines": lines}


class _Day(OneValue, forms.DateInput):
    """The browser's own calendar. It speaks year-month-day, API v2 day/month/year; whatever is
    neither of them stays as it is, to be refused in words."""

    input_type = "date"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        text = super().value_from_datadict(data, files, name)
        return _ISO_DAY.sub(r"\3/\2/\1", text) if isinstance(text, str) else text

    def format_value(self, value: Any) -> str | None:
        return _DAY.sub(r"\3-\2-\1", str(value)) if value else None


class ParameterField(forms.Field):
    """One parameter of a service's type, as text; `services.parameters` reads and refuses it.
    `required` says so to people only."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        super().__init__(
            label=str(parameter.label),
            required=parameter.is_required,
            help_text=_help_of(parameter),
            widget=_widget_of(parameter),
        )

    def validate(self, value: Any) -> None:
        """A missing one is named by whoever reads all of them."""

    def to_python(self, value: Any) -> str:
        """With the ends of lines that scripts send: a browser's own form doubles them, and the
        same words would count as others than were shown."""
        return "" if value is None else str(value).replace("\r\n", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        match self.parameter.shape:
            case Shape.NUMBER:
                return {"inputmode": "numeric", "autocomplete": "off"}
            case Shape.LINES:
                return {"rows": 6, "dir": "auto", "placeholder": self.parameter.sample}
            case Shape.ADDRESS:
                return {"inputmode": "url", "dir": "ltr"} | _AS_IT_IS
            case Shape.LINE:
                return _AS_IT_IS
            case _:
                return {}


def has_repeats(data: Any, name: str) -> bool:
    """Whether a form sent several values under one name, of which none may be dropped."""
    return isinstance(data, QueryDict) and len(data.getlist(name)) > 1


def _help_of(parameter: Parameter) -> Any:
    if not parameter.sample or parameter.shape not in (Shape.LINE, Shape.ADDRESS):
        return parameter.about
    return format_html(
        '{} {} <bdi dir="ltr">{}</bdi>', parameter.about, _("Example:"), parameter.sample
    )


def _widget_of(parameter: Parameter) -> forms.Widget:
    match parameter.shape:
        case Shape.LINES:
            return _Text() if parameter.separators else _Lines()
        case Shape.CHOICE:
            return _OneSelect(choices=[("", _("Choose…")), *parameter.choices.items()])
        case Shape.DATE:
            return _Day()
        case _:
            return OneValueInput()
