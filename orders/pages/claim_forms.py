"""What a customer fills in to claim money back, and to withdraw without a log-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from orders.ending.claim_rules import Ground
from orders.ending.claims import LONGEST_WORDS, SHORTEST_WORDS
from orders.models import Claim
from wallet.fields import OneValueInput, OneValueRadios

_TOO_SHORT = {"min_length": _("Say it in %(limit_value)d characters or more.")}


class ClaimForm(forms.Form):
    """Only the kinds that are open are offered."""

    kind = forms.ChoiceField(label=_("What went wrong?"), widget=OneValueRadios)
    reason = forms.CharField(
        label=_("What happened"),
        widget=forms.Textarea(attrs={"rows": 4}),
        min_length=SHORTEST_WORDS,
        max_length=LONGEST_WORDS,
        error_messages=_TOO_SHORT,
        help_text=_("What you expected, and what you see instead."),
    )
    evidence = forms.CharField(
        label=_("How we can see it"),
        widget=forms.Textarea(attrs={"rows": 3}),
        min_length=SHORTEST_WORDS,
        max_length=LONGEST_WORDS,
        error_messages=_TOO_SHORT,
        help_text=_("Links, counts with the time you read them, or the address of a screenshot."),
    )

    def __init__(
        self, data: QueryDict | None = None, *, grounds: Sequence[Ground], words: str = ""
    ) -> None:
        kinds = [one.kind for one in grounds if one.is_open]
        chosen = {"kind": kinds[0].value} if len(kinds) == 1 else {}
        super().__init__(data, initial=chosen | {"reason": words})
        kind = cast("forms.ChoiceField", self.fields["kind"])
        kind.choices = [(one.value, one.label) for one in kinds]

    def clean_kind(self) -> Claim.Kind:
        return Claim.Kind(self.cleaned_data["kind"])


class WithdrawalForm(forms.Form):
    number = forms.RegexField(
        label=_("Order number"),
        regex=r"\A[0-9]{1,18}\Z",
        widget=OneValueInput(attrs={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"}),
        error_messages={"invalid": _("The number has digits alone, such as 10422.")},
        help_text=_("It stands in the mail that confirmed the order."),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The address of the account that the order was placed with."),
    )

    def clean_number(self) -> int:
        return int(self.cleaned_data["number"])
