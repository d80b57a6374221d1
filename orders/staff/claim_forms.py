"""What staff fill in about claims, statuses and marks. How the order stood on the screen travels
with each form that moves money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.numbers import WholeNumberField
from orders.ending.claim_decisions import Verdict
from orders.ending.proposals import LONGEST_NOTE, SHORTEST_NOTE
from orders.ending.statuses import CancelReason, Wanted
from orders.models import Order, Status
from wallet.fields import AmountField, OneValueInput, OneValueRadios

_TOO_SHORT = {"min_length": _("Say it in %(limit_value)d characters or more.")}
LARGEST = 2**63 - 1


class Seen(WholeNumberField):
    """A number of the screen, of micros."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(min_value=0, max_value=LARGEST)


class ApproveForm(forms.Form):
    amount = AmountField(
        label=_("Goes back to the balance now"),
    )
    note = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_NOTE,
        error_messages=_TOO_SHORT,
        help_text=_("It is logged, and the customer reads it on the order's page."),
    )
    seen = Seen()


class DeclineForm(forms.Form):
    verdict = forms.ChoiceField(label=_("Why not?"), choices=Verdict.choices, widget=OneValueRadios)
    note = forms.CharField(
        label=_("In your words"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=_("The customer reads it, in a mail and on the order's page."),
    )

    def clean_verdict(self) -> Verdict:
        return Verdict(self.cleaned_data["verdict"])

    def clean(self) -> None:
        is_other = self.cleaned_data.get("verdict") == Verdict.OTHER
        if is_other and len(self.cleaned_data.get("note", "").strip()) < SHORTEST_NOTE:
            self.add_error("note", gettext("Another reason needs your words."))


class StatusForm(forms.Form):
    """Where the order is set. Which of the fields below it count depends on that."""

    to = forms.ChoiceField(label=_("Set the order to"), widget=OneValueRadios)
    remains = WholeNumberField(
        label=_("Not delivered (for Partial)"),
        required=False,
        min_value=0,
        max_value=LARGEST,
        widget=OneValueInput(attrs={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"}),
    )
    cancel_reason = forms.ChoiceField(
        label=_("Why it is canceled (for Canceled)"),
        required=False,
        choices=[("", "—"), *CancelReason.choices],
        help_text=_("The customer reads it. The whole charge goes back."),
    )
    note = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_NOTE,
        error_messages=_TOO_SHORT,
        help_text=_("What you found out, and where. It is logged; the customer does not see it."),
    )
    seen_status = forms.ChoiceField(choices=Status.choices, widget=forms.HiddenInput)
    seen = Seen()

    def __init__(
        self, data: QueryDict | None = None, *, order: Order, settable: Sequence[Status]
    ) -> None:
        seen = {"seen_status": order.status, "seen": order.refunded_micros}
        super().__init__(data, initial=seen | {"remains": order.remains})
        to = cast("forms.ChoiceField", self.fields["to"])
        to.choices = [(one.value, one.label) for one in settable]

    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        typed = self.cleaned_data
        to = Status(typed["to"])
        return Wanted(
            to=to,
            note=typed["note"],
            seen_status=typed["seen_status"],
            seen_micros=typed["seen"],
            remains=typed["remains"] if to == Status.PARTIAL else None,
            cancel_reason=typed["cancel_reason"] if to == Status.CANCELED else "",
        )


class MistakeForm(forms.Form):
    reason = forms.CharField(
        label=_("What was wrong"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_NOTE,
        error_messages=_TOO_SHORT,
        help_text=_("The customer reads it on the order's page."),
    )
