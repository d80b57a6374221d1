from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wallet.fields import AmountField, OneValueInput, OneValueRadios
from wallet.gateways import registry
from wallet.gateways.base import Gateway, Limits
from wallet.money import MICROS_PER_UNIT, display

PRESETS = ("10", "25", "50", "100")
USUAL_PRESET = "25"

# A chosen amount replaces the field for another one too, which empties it; a typed one leaves it.
_REFRESHES = {"hx-get": reverse_lazy("wallet:top_up"), "hx-swap": "outerHTML"}
_CHOSEN_REFRESHES = {**_REFRESHES, "hx-target": "#top-up-amount"}
_TYPED_REFRESHES = {
    **_REFRESHES,
    "hx-trigger": "input changed delay:300ms",
    "hx-include": "[name=preset]",
    "hx-target": "#top-up-sum",
    "hx-select": "#top-up-sum",
    "hx-sync": "this:replace",
}


def _choice_of(gateways: Mapping[str, Gateway]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Pay with"),
        choices=[(gateway.code, gateway.label) for gateway in gateways.values()],
        initial=next(iter(gateways)),
        widget=OneValueRadios(attrs={"class": "choices"}),
        error_messages={"invalid_choice": _("This way of paying is not on offer now.")},
    )


def _limits_in_words(limits: Limits) -> str:
    return gettext(
        "If you type one, it counts instead of the choice above: %(least)s to %(most)s."
    ) % {"least": display(limits.minimum_micros), "most": display(limits.maximum_micros)}


class TopUpForm(forms.Form):
    """How much to pay in, and with what. A typed amount counts instead of the chosen one.

    Valid, it has `cleaned_data["amount_micros"]` and `cleaned_data["gateway"]` (a code).
    """

    preset = forms.ChoiceField(
        label=_("Amount"),
        choices=[(number, f"${number}") for number in PRESETS],
        required=False,
        widget=OneValueRadios(attrs={"class": "choices", **_CHOSEN_REFRESHES}),
        error_messages={"invalid_choice": _("Choose one of these amounts, or type another.")},
    )
    amount = AmountField(
        label=_("Another amount"), required=False, widget=OneValueInput(attrs=_TYPED_REFRESHES)
    )

    def __init__(
        self, data: Mapping[str, object] | None = None, *, initial: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.gateways = {gateway.code: gateway for gateway in registry.offered()}
        if len(self.gateways) > 1:  # else there is nothing to choose
            self.fields["gateway"] = _choice_of(self.gateways)
        for gateway in list(self.gateways.values())[:1]:
            self.fields["amount"].help_text = _limits_in_words(gateway.limits)

    def clean(self) -> dict[str, object]:
        gateway = self._gateway()
        amount_micros = self._amount_micros()
        if gateway is not None and amount_micros is not None:
            if refusal := gateway.limits.refusal(amount_micros):
                self.add_error("amount", refusal)
            self.cleaned_data |= {"amount_micros": amount_micros, "gateway": gateway.code}
        return self.cleaned_data

    def _gateway(self) -> Gateway | None:
        if not self.gateways:
            self.add_error(None, gettext("No way of paying is set up yet."))
            return None
        only = next(iter(self.gateways))
        return self.gateways.get(self.cleaned_data.get("gateway", only))

    def _amount_micros(self) -> int | None:
        if self.errors:
            return None
        typed: int | None = self.cleaned_data["amount"]
        if typed is not None:
            return typed
        if preset := self.cleaned_data["preset"]:
            return int(preset) * MICROS_PER_UNIT
        self.add_error("amount", gettext("Choose an amount or type one."))
        return None
