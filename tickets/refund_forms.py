"""How much of which top-up a customer wants back. There is no field for where to: money goes back
where it came from, and nowhere else (WDR-05)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.forms import LONGEST_TEXT
from wallet.fields import AmountField, OneValueRadios
from wallet.money import display
from wallet.payouts.payable import Payable, everything

ALL, PARTS = "all", "parts"


class RefundForm(forms.Form):
    """Everything that can go back, or sums of single top-ups.

    Valid, it has `cleaned_data["amounts"]`: micros by the top-up's number.
    """

    what = forms.ChoiceField(
        label=_("How much?"),
        choices=[(ALL, _("Everything that can go back")), (PARTS, _("The sums that I type below"))],
        initial=ALL,
        widget=OneValueRadios(attrs={"class": "choices"}),
    )
    note = forms.CharField(
        label=_("Anything that we should know?"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.CharField(
        widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9a-f]{32}\Z")]
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        payables: Sequence[Payable],
        note: str = "",
    ) -> None:
        super().__init__(data, initial={"key": uuid4().hex, "note": note})
        self.payables = [one for one in payables if one.payable_micros]
        for one in self.payables:
            self.fields[self.name_of(one.deposit.pk)] = _amount_of(one)

    @staticmethod
    def name_of(deposit_id: int) -> str:
        return f"deposit_{deposit_id}"

    def amount_fields(self) -> list[forms.BoundField]:
        return [self[self.name_of(one.deposit.pk)] for one in self.payables]

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["amounts"] = self._amounts()
        return self.cleaned_data

    def _amounts(self) -> dict[int, int]:
        if self.cleaned_data.get("what") == ALL:
            return everything(list(self.payables))
        typed = {
            one.deposit.pk: self.cleaned_data.get(self.name_of(one.deposit.pk))
            for one in self.payables
        }
        amounts = {number: micros for number, micros in typed.items() if micros}
        if not amounts and not self.errors:
            self.add_error("what", gettext("Type at least one sum, or choose everything."))
        return amounts


def _amount_of(one: Payable) -> AmountField:
    return AmountField(
        label=gettext("Of top-up %(number)s") % {"number": one.deposit.pk},
        required=False,
        help_text=gettext("At most %(most)s, back to %(method)s.")
        % {"most": display(one.payable_micros), "method": one.method},
    )
