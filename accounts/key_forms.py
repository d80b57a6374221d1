"""Forms of API keys."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ApiKey

MOST_NETWORKS = 20


class NetworksField(forms.CharField):
    """Addresses and networks, one a line; none named: from everywhere."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Only from these addresses"),
            required=False,
            max_length=1000,
            widget=forms.Textarea(
                attrs={"rows": 2, "dir": "ltr", "class": "mono", "spellcheck": "false"}
            ),
            help_text=gettext_lazy(
                "One address or network per line, such as 203.0.113.7 or 203.0.113.0/24; 20 at"
                " most. Empty: from everywhere."
            ),
        )

    def clean(self, value: Any) -> list[str]:
        networks = []
        for text in super().clean(value).replace(",", " ").split():
            try:
                networks.append(str(ip_network(text, strict=False)))
            except ValueError as error:
                message = _("“{text}” is no address and no network.").format(text=text[:60])
                raise forms.ValidationError(message) from error
        if len(networks) > MOST_NETWORKS:
            message = _("At most {most} addresses and networks.").format(most=MOST_NETWORKS)
            raise forms.ValidationError(message)
        return sorted(set(networks))


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("Only you see it: what is this key for?"),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("May do"), choices=ApiKey.Scope.choices, initial=ApiKey.Scope.ORDER
    )
    networks = NetworksField()


class ApiKeyReplaceForm(forms.Form):
    """How long the old secret still works."""

    keep_hours = forms.TypedChoiceField(
        label=gettext_lazy("The old key works for"),
        coerce=int,
        initial=24,
        choices=[
            (0, gettext_lazy("no longer: it ends at once")),
            (1, gettext_lazy("one more hour")),
            (24, gettext_lazy("one more day")),
            (168, gettext_lazy("one more week")),
        ],
        help_text=gettext_lazy("Put the new key into your programs in this time."),
    )
