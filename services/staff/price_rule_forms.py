"""A price rule as staff type it."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from services.margins import rules
from services.margins.rules import Scope
from services.models import PriceRule, Service
from services.staff.price_fields import MarkupField, StepField, categories, platforms, providers
from wallet.fields import AmountField, OneValueInput
from wallet.money import read_number


class RuleForm(forms.Form):
    """The numbers of a rule; valid, it makes the unsaved rule (`rule`)."""

    percent = MarkupField(
        label=_("Percent on top of the cost"),
        help_text=_("50 makes 1.50 of a cost of 1.00."),
    )
    fixed = AmountField(
        label=_("Fixed part per 1000, in USD"),
        initial=0,
        help_text=_("Added after the percent; 0 for none."),
    )
    step = StepField()

    def __init__(
        self, data: Mapping[str, object] | None = None, *, kept: PriceRule | None = None
    ) -> None:
        initial = _numbers(kept) if kept else None
        super().__init__(data, initial=initial)
        self.kept = kept

    def rule(self) -> PriceRule:
        rule = self._subject()
        rule.percent_bp = self.cleaned_data["percent"]
        rule.fixed_micros = self.cleaned_data["fixed"]
        rule.step_micros = self.cleaned_data["step"]
        return rule

    def _subject(self) -> PriceRule:
        if self.kept is None:
            raise TypeError("a rule that is changed is given")
        # Another object, so that the one that was read still says what is kept.
        return PriceRule(
            pk=self.kept.pk,
            provider_id=self.kept.provider_id,
            platform_id=self.kept.platform_id,
            category_id=self.kept.category_id,
            service_id=self.kept.service_id,
        )


class NewRuleForm(RuleForm):
    """With what the rule is for: it cannot be changed later."""

    place = forms.ChoiceField(label=_("For"), help_text=_("Of several rules the narrowest holds."))
    service = forms.CharField(
        label=_("Number of the service"),
        required=False,
        widget=OneValueInput(attrs={"inputmode": "numeric", "maxlength": "10"}),
        help_text=_("Only for a rule of one service."),
    )
    field_order = ("place", "service", "percent", "fixed", "step")

    def __init__(self, data: Mapping[str, object] | None = None) -> None:
        super().__init__(data)
        place = self.fields["place"]
        if isinstance(place, forms.ChoiceField):
            place.choices = [
                (Scope.GLOBAL.value, _("Everything")),
                (Scope.SERVICE.value, _("One service, by its number")),
                (_("Providers"), _named(Scope.PROVIDER, providers())),
                (_("Platforms"), _named(Scope.PLATFORM, platforms())),
                *((name, _named(Scope.CATEGORY, found)) for name, found in categories()),
            ]

    def clean(self) -> dict[str, object]:
        cleaned = self.cleaned_data
        if cleaned.get("place") == Scope.SERVICE:
            number = read_number(cleaned.get("service"))
            if number is None or not Service.objects.filter(pk=number).exists():
                self.add_error("service", _now("There is no service with this number."))
        if not self.errors and rules.place_of(self._subject()) in rules.load().rules:
            self.add_error("place", _now("There is a rule for this already: change that one."))
        return cleaned

    def _subject(self) -> PriceRule:
        scope, _colon, number = self.cleaned_data["place"].partition(":")
        if scope == Scope.SERVICE:
            number = self.cleaned_data["service"]
        return PriceRule(**{f"{scope}_id": int(number)}) if number else PriceRule()


def _named(scope: Scope, choices: object) -> list[tuple[str, object]]:
    if not isinstance(choices, list):
        raise TypeError("choices come in a list")
    return [(f"{scope.value}:{value}", label) for value, label in choices]


def _numbers(rule: PriceRule) -> dict[str, int]:
    return {
        "percent": rule.percent_bp,
        "fixed": rule.fixed_micros,
        "step": rule.step_micros,
    }
