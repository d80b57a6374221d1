"""What several forms about prices share: percents as percents, money as money."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from services.models import Category, Platform, Provider
from wallet.fields import AmountField, PercentField
from wallet.money import MICROS_PER_UNIT

_MICROS_PER_HUNDREDTH = MICROS_PER_UNIT // 100
MOST_PERCENT_BP = 1_000_000
USUAL_STEP_MICROS = 100

Choices = list[tuple[str, object]]


class MarkupField(AmountField):
    """Text to hundredths of a percent, up to 10,000 %: "150" -> 15000."""

    default_error_messages = {
        "required": _("Type a percentage."),
        "invalid": _(
            "Use digits and at most two after the point, such as 50 or 7.5; 10,000 at most."
        ),
    }

    prepare_value = PercentField.prepare_value

    def to_python(self, value: str | None) -> int | None:
        micros = super().to_python(value)
        if micros is None:
            return None
        hundredths = micros // _MICROS_PER_HUNDREDTH
        if micros % _MICROS_PER_HUNDREDTH or hundredths > MOST_PERCENT_BP:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return hundredths


class StepField(AmountField):
    """What prices are rounded up to; never zero."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Round up to, in USD"),
            initial=USUAL_STEP_MICROS,
            help_text=_("0.0001 is a hundredth of a cent."),
        )

    def to_python(self, value: str | None) -> int | None:
        micros = super().to_python(value)
        if micros == 0:
            raise forms.ValidationError(_("A step is above zero."), code="invalid")
        return micros


def platforms() -> Choices:
    return [(str(each.pk), each.name) for each in Platform.objects.all()]


def providers() -> Choices:
    return [(str(each.pk), each.name) for each in Provider.objects.order_by("name")]


def categories() -> Choices:
    """In the order of the catalogue, under their platforms."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in Category.objects.select_related("platform"):
        groups.setdefault(each.platform.name, []).append((str(each.pk), each.name))
    return list(groups.items())


def with_all(label: str | Promise, choices: Iterable[tuple[str, object]]) -> Choices:
    return [("", label), *choices]
