"""What staff choose before a provider's services become ours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.admin.numbers import WholeNumberField
from services.models import Service
from services.syncing.importing import ImportChoice, Margin
from services.syncing.places import LONGEST_CATEGORY, LONGEST_PLATFORM, Place
from wallet.fields import AmountField, OneValueInput, OneValueRadios, PercentField

# Fields of a form are limited, and so is anybody's patience: the rest follows in the next import.
MOST_CATEGORIES = 250
_USUAL_STEP_MICROS = 1000
_USUAL_PERCENT_BP = 5000
_USUAL_REFILL_DAYS = 30


class Percent(PercentField):
    largest = 1000
    default_error_messages = {
        "invalid": _("Use digits and at most two after the point, such as 50; 1000 at most.")
    }


class ChoiceForm(forms.Form):
    """What holds for everything that is imported at once."""

    delivery = forms.ChoiceField(
        label=_("What is really delivered"),
        choices=Service.Delivery,
        widget=OneValueRadios,
        error_messages={"required": _("Say what customers get: they read it before they buy.")},
        help_text=_("Customers read it before they buy. It can be changed for each service later."),
    )
    sale = forms.ChoiceField(
        label=_("After the import"),
        choices={
            "drafts": _("Drafts: nobody sees them before you put them on sale"),
            "sale": _("On sale at once, at the prices below"),
        },
        initial="drafts",
        widget=OneValueRadios,
    )
    refill_days = WholeNumberField(
        label=_("Days of refill, where the name says none"),
        initial=_USUAL_REFILL_DAYS,
        max_value=3650,
        widget=OneValueInput(attrs={"inputmode": "numeric"}),
        help_text=_("Of services that the provider refills. 0: they are sold without refill."),
    )
    shows_descriptions = forms.BooleanField(
        label=_("Publish the provider's descriptions, too"),
        required=False,
        help_text=_(
            "As plain text; lines with links, contacts or the provider's name are left out. Read"
            " some of them first."
        ),
    )

    @property
    def margin(self) -> Margin | None:
        return None


class PricedChoiceForm(ChoiceForm):
    """Where no rule makes prices yet: the provider gets one of its own."""

    percent = Percent(
        label=_("Added to the cost, in percent"),
        initial=_USUAL_PERCENT_BP,
    )
    fixed = AmountField(label=_("And a fixed part per 1,000, in dollars"), initial=0)
    step = AmountField(label=_("Rounded up to, in dollars"), initial=_USUAL_STEP_MICROS)
    field_order = ["percent", "fixed", "step", "delivery", "sale"]

    def clean_step(self) -> int:
        step: int = self.cleaned_data["step"]
        if step < 1:
            raise forms.ValidationError(_("More than zero: prices are rounded up to it."))
        return step

    @property
    def margin(self) -> Margin | None:
        """As it is typed so far, for samples; None where a part of it is wrong."""
        percent_bp, fixed_micros, step_micros = map(self._typed, ("percent", "fixed", "step"))
        if percent_bp is None or fixed_micros is None or step_micros is None:
            return None
        return Margin(percent_bp, fixed_micros, step_micros)

    def _typed(self, name: str) -> int | None:
        if not self.is_bound:
            value = self.fields[name].initial
        else:
            value = None if name in self.errors else self.cleaned_data[name]
        return value if isinstance(value, int) else None


class PlaceForm(forms.Form):
    """One of the provider's categories, and where it goes."""

    take = forms.BooleanField(required=False, initial=True)
    raw = forms.CharField(required=False, strip=False, max_length=500, widget=forms.HiddenInput)
    platform = forms.CharField(
        required=False,
        max_length=LONGEST_PLATFORM,
        widget=OneValueInput(attrs={"list": "platforms", "autocomplete": "off"}),
    )
    category = forms.CharField(
        required=False,
        max_length=LONGEST_CATEGORY,
        widget=OneValueInput(attrs={"list": "categories", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        needed = {"platform": _("Name a platform."), "category": _("Name a category.")}
        for name, words in needed.items():
            if cleaned.get("take") and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, words)
        return cleaned


PlaceForms = forms.formset_factory(
    PlaceForm, extra=0, max_num=MOST_CATEGORIES, absolute_max=MOST_CATEGORIES
)


def places_of(forms_of_places: Any) -> dict[str, Place]:
    """By the provider's category, of valid forms: those that are ticked."""
    rows = [form.cleaned_data for form in forms_of_places if form.cleaned_data.get("take")]
    return {row["raw"]: Place(row["platform"], row["category"]) for row in rows}


def choice_of(form: ChoiceForm, *, provider_id: int, places: dict[str, Place]) -> ImportChoice:
    """What a valid form says."""
    chosen = form.cleaned_data
    return ImportChoice(
        provider_id=provider_id,
        places=places,
        delivery=Service.Delivery(chosen["delivery"]),
        goes_on_sale=chosen["sale"] == "sale",
        shows_descriptions=chosen["shows_descriptions"],
        refill_days=chosen["refill_days"],
        margin=form.margin,
    )
