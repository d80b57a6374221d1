"""What a customer agrees to before an order is placed again by itself (SUB-04)."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _


class ConsentForm(forms.Form):
    """`charge` is the sum that stood in the words: another one is not what was agreed to."""

    charge = forms.CharField(
        widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9]{1,18}\Z")]
    )
    agree = forms.BooleanField(
        label=_("I agree to this"),
        error_messages={"required": _("Tick the box if you agree; without it nothing is charged.")},
    )

    def clean_charge(self) -> int:
        return int(self.cleaned_data["charge"])
