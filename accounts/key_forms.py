"""Forms of API keys."""

from __future__ import annotations

from dataclasses import asdict
from ipaddress import ip_network
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.api_keys import Choices, Kind, choices_of
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


class ApiKeyChoicesForm(forms.Form):
    """What can be changed about a key without another secret."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("Only you see it: what is this key for?"),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("May do"), choices=ApiKey.Scope.choices, initial=ApiKey.Scope.ORDER
    )
    networks = NetworksField()
    refuses_query = forms.BooleanField(
        label=gettext_lazy("Never in an address"),
        required=False,
        help_text=gettext_lazy(
            "Refused as ?key=… in an address, which ends up in logs; taken in a header or a body."
        ),
    )
    is_strict = forms.BooleanField(
        label=gettext_lazy("Strict HTTP codes"),
        required=False,
        help_text=gettext_lazy(
            "API v2 answers what is refused with 401, 403, 409 or 422 instead of 200. Leave it off"
            " for ready-made clients."
        ),
    )
    errors_as = forms.ChoiceField(
        label=gettext_lazy("Errors of API v2 as"),
        choices=ApiKey.Errors.choices,
        initial=ApiKey.Errors.SENTENCES,
    )

    def choices(self) -> Choices:
        """What a valid form says."""
        cleaned = self.cleaned_data
        return Choices(
            name=cleaned["name"],
            scope=ApiKey.Scope(cleaned["scope"]),
            networks=tuple(cleaned["networks"]),
            refuses_query=cleaned["refuses_query"],
            is_strict=cleaned["is_strict"],
            errors=ApiKey.Errors(cleaned["errors_as"]),
        )


def initial_of(key: ApiKey) -> dict[str, object]:
    """The choices of a key, as its form shows them."""
    shown = {"networks": "\n".join(key.allowed_networks), "errors_as": key.errors}
    return {**asdict(choices_of(key)), **shown}


class ApiKeyForm(ApiKeyChoicesForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("For"),
        choices=[
            (Kind.LIVE.value, gettext_lazy("Real orders, which cost money")),
            (Kind.SANDBOX.value, gettext_lazy("Trying out: orders are played and cost nothing")),
        ],
        initial=Kind.LIVE.value,
    )
    field_order = ["name", "kind", "scope", "networks", "refuses_query", "is_strict", "errors_as"]


class RepetitionsForm(forms.Form):
    """How long an order by program that says the same is taken for a repetition (API-08)."""

    repeat_window_seconds = forms.TypedChoiceField(
        label=gettext_lazy("The same order again is a repetition"),
        coerce=int,
        choices=[
            (0, gettext_lazy("never: each call is an order")),
            (10, gettext_lazy("within 10 seconds")),
            (60, gettext_lazy("within one minute")),
            (300, gettext_lazy("within 5 minutes")),
            (900, gettext_lazy("within 15 minutes")),
            (3600, gettext_lazy("within one hour")),
        ],
        help_text=gettext_lazy(
            "For programs that send neither a request_id nor an Idempotency-Key: an order that says"
            " the same as one so shortly before is answered with that one, and nothing is charged"
            " again. It holds for both APIs."
        ),
    )


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
