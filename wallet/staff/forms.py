"""What staff fill in to propose a decision about a customer's balance."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from wallet.decisions import forfeiting
from wallet.decisions.deciding import LONGEST_NOTE, RULES, SHORTEST_NOTE
from wallet.disputes import reversing
from wallet.fields import AmountField, OneValueRadios
from wallet.models import Decision, Dispute
from wallet.pots import pots_of

Kind = Decision.Kind


class ProposalForm(forms.Form):
    """The parts of every proposal. Valid, it makes the unsaved decision (`decision`)."""

    kind: Kind
    title: str | Promise
    # Chosen beforehand; where it is a grave word, nothing is.
    usual_reason: Decision.Reason | None = None
    # Sent along: pressing twice proposes once.
    key = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Reason"),
        widget=OneValueRadios,
        error_messages={"invalid_choice": _("Choose one of these reasons.")},
        help_text=_("The customer reads it."),
    )
    note = forms.CharField(
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 3}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_NOTE,
        error_messages={
            "min_length": _("Say what happened, in %(limit_value)d characters or more.")
        },
        help_text=_("What happened, and where it can be seen. It is kept; only staff read it."),
    )

    def __init__(
        self, data: Mapping[str, object] | None = None, *, customer: User, **more: object
    ) -> None:
        chosen = {"key": uuid.uuid4(), "reason": self.usual_reason}
        super().__init__(data, initial={**chosen, **more})
        self.customer = customer
        reasons = self.fields["reason"]
        if isinstance(reasons, forms.ChoiceField):
            known = RULES[self.kind].reasons
            reasons.choices = [(one.value, one.label) for one in Decision.Reason if one in known]

    def decision(self) -> Decision:
        """The proposal, unsaved."""
        return Decision(
            kind=self.kind,
            subject=self.subject(),
            customer=self.customer,
            amount_micros=self.amount_micros(),
            reason=self.cleaned_data["reason"],
            note=self.cleaned_data["note"],
            details=self.details(),
            idempotency_key=str(self.cleaned_data["key"]),
        )

    def subject(self) -> str:
        return f"user:{self.customer.pk}"

    def amount_micros(self) -> int:
        return int(self.cleaned_data["amount"])

    def details(self) -> dict[str, object]:
        return {}


class GoodwillForm(ProposalForm):
    kind = Kind.GOODWILL
    title = _("Give goodwill")
    usual_reason = Decision.Reason.COMPENSATION
    amount = AmountField(label=_("Bonus in USD"))
    field_order = ["key", "amount", "reason", "note"]


class CorrectionForm(ProposalForm):
    kind = Kind.ADJUSTMENT
    title = _("Correct the balance")
    direction = forms.ChoiceField(
        label=_("What to do"),
        choices=[("add", _("Add to the balance")), ("take", _("Take from the balance"))],
        widget=OneValueRadios(attrs={"class": "choices"}),
    )
    amount = AmountField(label=_("Amount in USD"))
    field_order = ["key", "direction", "amount", "reason", "note"]

    def amount_micros(self) -> int:
        micros = super().amount_micros()
        return micros if self.cleaned_data["direction"] == "add" else -micros


class ForfeitureForm(ProposalForm):
    kind = Kind.FORFEITURE
    title = _("Forfeit the balance")
    terminate = forms.BooleanField(label=_("Terminate the account in the same act"), required=False)
    field_order = ["key", "reason", "terminate", "note"]

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if reason == Decision.Reason.CHARGEBACK and not forfeiting.may_forfeit_after_chargeback(
            customer_id=self.customer.pk
        ):
            raise forms.ValidationError(
                _("No reversed payment of this customer was made under terms that allow it.")
            )
        return reason

    def amount_micros(self) -> int:
        """What is there now; it is looked at again when it is carried out."""
        return pots_of(customer_id=self.customer.pk).total

    def details(self) -> dict[str, object]:
        return {"terminate": self.cleaned_data["terminate"]}


class DisputeUndoForm(ProposalForm):
    """About what the terms made a reversed payment forfeit by itself."""

    kind = Kind.FORFEITURE_RETURN
    title = _("Give back what was forfeited")
    dispute: Dispute

    def subject(self) -> str:
        return reversing.forfeiture_of(self.dispute)

    def amount_micros(self) -> int:
        return reversing.forfeited_micros(self.dispute)


class UndoForm(ProposalForm):
    """About one forfeiture, which it gives back whole."""

    kind = Kind.FORFEITURE_RETURN
    title = _("Undo the forfeiture")
    forfeiture: Decision

    def subject(self) -> str:
        return self.forfeiture.reference

    def amount_micros(self) -> int:
        taken = self.forfeiture.details
        return int(taken.get("cash_micros", 0)) + int(taken.get("bonus_micros", 0))
