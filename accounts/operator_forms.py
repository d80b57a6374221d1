"""The form of a key for the Admin API."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts import operator_keys
from accounts.key_forms import NetworksField
from accounts.models import OperatorKey, User


class OperatorKeyForm(forms.Form):
    """Offers the scopes that the person's own permissions cover."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("Which program has it, and where it runs.")
    )
    scopes = forms.MultipleChoiceField(label=_("May do"), widget=forms.CheckboxSelectMultiple)
    networks = NetworksField()
    days = forms.TypedChoiceField(
        label=_("Ends"),
        coerce=int,
        initial=90,
        choices=[
            (30, _("in 30 days")),
            (90, _("in 90 days")),
            (365, _("in a year")),
            (0, _("when it is revoked")),
        ],
    )

    def __init__(self, data: QueryDict | None = None, *, person: User) -> None:
        super().__init__(data)
        scopes = self.fields["scopes"]
        if isinstance(scopes, forms.ChoiceField):
            may = operator_keys.scopes_for(person)
            scopes.choices = [(scope.value, scope.label) for scope in may]

    def chosen_scopes(self) -> list[OperatorKey.Scope]:
        return [OperatorKey.Scope(name) for name in self.cleaned_data["scopes"]]

    def lasts(self) -> timedelta | None:
        days: int = self.cleaned_data["days"]
        return timedelta(days=days) if days else None
