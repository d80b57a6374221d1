"""What a customer agrees to before a kept card is charged by itself."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wallet.fields import AmountField
from wallet.gateways import registry
from wallet.gateways.stripe.client import CODE
from wallet.models import AutoTopUp, SavedCard

_AGREE = {"required": _("Tick the box if you agree; without it nothing is charged.")}


class CardField(forms.ModelChoiceField[SavedCard]):
    def label_from_instance(self, obj: SavedCard) -> str:
        return str(obj)


class AutomaticForm(forms.Form):
    """Valid, it has a card of the customer and three amounts in micros."""

    card = CardField(label=_("Card"), queryset=SavedCard.objects.none(), empty_label=None)
    below = AmountField(label=_("When my balance is below"), help_text=_("In dollars."))
    amount = AmountField(label=_("Pay in"))
    month_limit = AmountField(
        label=_("At most in a month"), help_text=_("A month of the calendar, in UTC.")
    )
    agree = forms.BooleanField(label=_("I agree to this"), error_messages=_AGREE)

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        customer_id: int,
        auto: AutoTopUp | None = None,
    ) -> None:
        initial = {"below": 5_000_000, "amount": 25_000_000, "month_limit": 100_000_000}
        if auto is not None:
            initial = {
                "below": auto.below_micros,
                "amount": auto.amount_micros,
                "month_limit": auto.month_limit_micros,
                "card": auto.card_id,
            }
        super().__init__(data, initial=initial)
        mine = SavedCard.objects.usable().filter(customer_id=customer_id).order_by("-pk")
        card = self.fields["card"]
        if isinstance(card, CardField):
            card.queryset = mine

    def clean_below(self) -> int:
        below: int = self.cleaned_data["below"]
        if below <= 0:
            raise forms.ValidationError(gettext("Type an amount above zero."))
        return below

    def clean_amount(self) -> int:
        return _payable(self.cleaned_data["amount"])

    def clean(self) -> dict[str, object]:
        amount, limit = self.cleaned_data.get("amount"), self.cleaned_data.get("month_limit")
        if amount is not None and limit is not None and limit < amount:
            self.add_error("month_limit", gettext("This is less than one top-up."))
        return self.cleaned_data


def _payable(amount_micros: int) -> int:
    """Raises ValidationError: no payment by card is of this amount."""
    try:
        refusal = registry.offered_gateway(CODE).limits.refusal(amount_micros)
    except registry.UnknownGateway:
        refusal = gettext("Cards are not taken now.")
    if refusal:
        raise forms.ValidationError(refusal)
    return amount_micros
