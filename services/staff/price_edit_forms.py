"""Which prices, and what is done to them, as staff choose it."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from services.margins.acting import Act, Kind
from services.margins.finding import BANDS, Selection
from services.models import Service
from services.staff.price_fields import StepField, categories, platforms, providers, with_all
from wallet.fields import AmountField
from wallet.money import read_number

_MICROS_PER_BP = 10_000
MOST_OFF_BP = 9000
MOST_ON_BP = 1_000_000
BAND_WORDS = {
    "loss": _("below cost"),
    "thin": _("0 to 10 %"),
    "low": _("10 to 30 %"),
    "usual": _("30 to 100 %"),
    "high": _("100 % and more"),
}
# What is done: the kind of act, and whether the value counts up or down.
ACTS = {
    "percent_up": (Kind.PERCENT, 1),
    "percent_down": (Kind.PERCENT, -1),
    "amount_up": (Kind.AMOUNT, 1),
    "amount_down": (Kind.AMOUNT, -1),
    "margin": (Kind.MARGIN, 1),
    "price": (Kind.PRICE, 1),
    "rules": (Kind.RULES, 0),
    "hand": (Kind.HAND, 0),
}
ACT_WORDS = [
    ("percent_up", _("raise by percent")),
    ("percent_down", _("lower by percent")),
    ("amount_up", _("raise by an amount")),
    ("amount_down", _("lower by an amount")),
    ("margin", _("set to cost + percent")),
    ("price", _("set to a price")),
    ("rules", _("hand over to the rules")),
    ("hand", _("keep, and price by hand from now on")),
]


class EditForm(forms.Form):
    """Valid, it makes the `selection` and the `act`."""

    platform = forms.ChoiceField(label=_("Platform"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    provider = forms.ChoiceField(label=_("Provider"), required=False)
    words = forms.CharField(label=_("Words, or a number"), required=False, max_length=100)
    band = forms.ChoiceField(label=_("Margin now"), required=False)
    priced_by = forms.ChoiceField(label=_("Priced"), required=False)
    sale = forms.ChoiceField(
        label=_("On sale"),
        required=False,
        choices=[("", _("on sale or not")), ("on", _("on sale")), ("off", _("not on sale"))],
    )
    act = forms.ChoiceField(label=_("What to do"), choices=ACT_WORDS)
    value = AmountField(
        label=_("By how much"),
        required=False,
        help_text=_("A percentage such as 5, or an amount in USD per 1,000."),
    )
    step = StepField()
    chooses = ("platform", "category", "provider", "words", "band", "priced_by", "sale")

    def __init__(self, data: Mapping[str, object] | None = None) -> None:
        super().__init__(data)
        offered = {
            "platform": with_all(_("all"), platforms()),
            "category": with_all(_("all"), categories()),
            "provider": with_all(_("all"), providers()),
            "band": with_all(_("any"), [(name, BAND_WORDS[name]) for name in BANDS]),
            "priced_by": with_all(_("by hand or by rules"), Service.PricedBy.choices),
        }
        for name, choices in offered.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def clean(self) -> dict[str, object]:
        cleaned = self.cleaned_data
        if "act" in cleaned and "value" in cleaned and "value" not in self.errors:
            kind, sign = ACTS[cleaned["act"]]
            problem = _problem(kind, sign, cleaned["value"])
            if problem:
                self.add_error("value", problem)
        return cleaned

    def selection(self) -> Selection:
        chosen = self.cleaned_data
        return Selection(
            platform_id=read_number(chosen["platform"]),
            category_id=read_number(chosen["category"]),
            provider_id=read_number(chosen["provider"]),
            words=chosen["words"],
            band=chosen["band"],
            priced_by=chosen["priced_by"],
            sale=chosen["sale"],
        )

    def wanted(self) -> Act:
        kind, sign = ACTS[self.cleaned_data["act"]]
        if not sign:
            return Act(kind)
        value = self.cleaned_data["value"] * sign
        if kind in (Kind.PERCENT, Kind.MARGIN):
            value = sign * (abs(value) // _MICROS_PER_BP)
        step = 1 if kind == Kind.PRICE else self.cleaned_data["step"]
        return Act(kind, value, step)


def _problem(kind: Kind, sign: int, micros: int | None) -> str:
    """What is wrong with the value for this act, in words; empty where nothing is."""
    if not sign:
        return ""
    if micros is None:
        return _now("Say by how much.")
    if micros == 0 and kind != Kind.MARGIN:
        return _now("Nothing would change by zero.")
    if kind not in (Kind.PERCENT, Kind.MARGIN):
        return ""
    hundredths = micros // _MICROS_PER_BP
    most = MOST_OFF_BP if sign < 0 else MOST_ON_BP
    if micros % _MICROS_PER_BP or hundredths > most:
        text = _now("A percentage has at most two digits after the point and is %(most)d at most.")
        return text % {"most": most // 100}
    return ""
