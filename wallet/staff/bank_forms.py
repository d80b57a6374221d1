"""What staff fill in about a bank transfer: what they saw come, or why they saw nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wallet.currencies import MICROS_PER_CENT
from wallet.decisions import bank_payments
from wallet.decisions.deciding import LONGEST_NOTE, SHORTEST_NOTE, DecisionRefused
from wallet.fields import AmountField, OneValueInput
from wallet.models import Decision, Deposit

LONGEST_REASON = 200


class ConfirmForm(forms.Form):
    """Valid, it makes the unsaved decision (`decision`)."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    received = AmountField(
        label=_("Received, in USD"),
        help_text=_("What arrived in our account, not what was asked for."),
    )
    bank_number = forms.RegexField(
        label=_("Number at the bank"),
        regex=r"\A[A-Za-z0-9][A-Za-z0-9 ./:+-]{2,59}\Z",
        widget=OneValueInput(attrs={"autocomplete": "off", "dir": "ltr"}),
        help_text=_("Of this one payment on our statement. Each is credited once."),
        error_messages={"invalid": _("Use 3 to 60 letters, digits and . / : + - as printed.")},
    )
    note = forms.CharField(
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=_("Only staff read it."),
    )

    def __init__(self, data: Mapping[str, object] | None = None, *, deposit: Deposit) -> None:
        super().__init__(data, initial={"key": uuid.uuid4(), "received": deposit.asked_micros})
        self.deposit = deposit

    def clean_received(self) -> int:
        received: int = self.cleaned_data["received"]
        if received <= 0 or received % MICROS_PER_CENT:
            raise ValidationError(_("Type whole cents, above zero."))
        return received

    def clean_bank_number(self) -> str:
        number = " ".join(self.cleaned_data["bank_number"].split())
        try:
            bank_payments.check_confirmable(self.deposit, bank_number=number)
        except DecisionRefused as refusal:
            raise ValidationError(refusal.message) from refusal
        return number

    def decision(self) -> Decision:
        return Decision(
            kind=Decision.Kind.CONFIRM_DEPOSIT,
            subject=self.deposit.reference,
            customer=self.deposit.customer,
            amount_micros=self.cleaned_data["received"],
            reason=Decision.Reason.PAYMENT,
            note=self.cleaned_data["note"],
            details={"bank_number": self.cleaned_data["bank_number"]},
            idempotency_key=str(self.cleaned_data["key"]),
        )


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_REASON,
        error_messages={
            "min_length": _("Say what happened, in %(limit_value)d characters or more.")
        },
        help_text=_("The customer reads it, by mail and on the page."),
    )
