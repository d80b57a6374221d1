"""What staff fill in about a payment that was credited to nobody."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wallet.decisions import unmatched
from wallet.decisions.deciding import LONGEST_NOTE, SHORTEST_NOTE
from wallet.fields import OneValueInput
from wallet.models import Decision, Deposit, UnmatchedPayment
from wallet.money import read_number

LONGEST_RESOLUTION = 200
_SHORT = {"min_length": _("Say what happened, in %(limit_value)d characters or more.")}


class CloseForm(forms.Form):
    resolution = forms.CharField(
        label=_("What became of it"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_RESOLUTION,
        error_messages=_SHORT,
        help_text=_("For example: paid back at the gateway, with the number of the refund."),
    )


class CreditForm(forms.Form):
    """Valid, it makes the unsaved decision (`decision`)."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    deposit = forms.CharField(
        label=_("Number of the top-up"),
        max_length=20,
        widget=OneValueInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("One that was never paid, of the customer whose money it is."),
    )
    note = forms.CharField(
        label=_("How you know"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_NOTE,
        error_messages=_SHORT,
    )

    def __init__(
        self, data: Mapping[str, object] | None = None, *, payment: UnmatchedPayment
    ) -> None:
        super().__init__(data, initial={"key": uuid.uuid4()})
        self.payment = payment

    def clean_deposit(self) -> Deposit:
        number = read_number(self.cleaned_data["deposit"].strip().removeprefix("#"))
        found = Deposit.objects.select_related("customer").filter(pk=number or 0).first()
        if found is None:
            raise ValidationError(_("There is no such top-up."))
        try:
            unmatched.check_creditable(self.payment, found)
        except unmatched.CannotCredit as refusal:
            raise ValidationError(refusal.message) from refusal
        return found

    def decision(self) -> Decision:
        deposit: Deposit = self.cleaned_data["deposit"]
        return Decision(
            kind=Decision.Kind.CREDIT_PAYMENT,
            subject=unmatched.reference_of(self.payment),
            customer=deposit.customer,
            amount_micros=unmatched.amount_micros(self.payment),
            reason=Decision.Reason.PAYMENT,
            note=self.cleaned_data["note"],
            details={"deposit": deposit.pk},
            idempotency_key=str(self.cleaned_data["key"]),
        )
