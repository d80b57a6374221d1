"""What staff fill in about a request for money back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from wallet.decisions.deciding import LONGEST_NOTE, SHORTEST_NOTE
from wallet.fields import OneValueInput
from wallet.payouts.withdrawals import LONGEST_TROUBLE

_TOO_SHORT = {"min_length": _("Say it in %(limit_value)d characters or more.")}


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why not?"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_TROUBLE,
        error_messages=_TOO_SHORT,
        help_text=_("The customer reads it, in a mail and in the ticket."),
    )


class BankForm(forms.Form):
    number = forms.RegexField(
        label=_("The bank's number of the payment"),
        regex=r"\A[0-9A-Za-z][0-9A-Za-z /.:_-]{2,79}\Z",
        widget=OneValueInput(attrs={"autocomplete": "off", "dir": "ltr"}),
        error_messages={"invalid": _("Use 3 to 80 letters and digits.")},
        help_text=_("The customer's bank finds the payment by it. The customer reads it."),
    )


class ReturnForm(forms.Form):
    why = forms.CharField(
        label=_("What did the bank say?"),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_TROUBLE,
        error_messages=_TOO_SHORT,
    )


class OtherWayForm(forms.Form):
    evidence = forms.CharField(
        label=_("Where it shall go, and how you know that it is the same person"),
        widget=forms.Textarea(attrs={"rows": 3}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_NOTE,
        error_messages=_TOO_SHORT,
        help_text=_("It is kept with the decision; only staff read it. No card numbers."),
    )
