"""Forms of webhooks."""

from __future__ import annotations

from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import WebhookEndpoint, WebhookType
from orders.webhooks import addresses
from orders.webhooks.endpoints import PRESET_TYPES, TYPES
from wallet.fields import OneValueInput


class WebhookForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        widget=OneValueInput,
        help_text=_("Only you see it: which program listens there?"),
    )
    url = forms.CharField(
        label=_("Address of your server"),
        max_length=addresses.LONGEST,
        widget=OneValueInput(
            attrs={"inputmode": "url", "dir": "ltr", "autocomplete": "off", "class": "mono"}
        ),
        help_text=_("https:// with a valid certificate, such as https://shop.example/webhooks/."),
    )
    types = forms.MultipleChoiceField(
        label=_("Tell me when"),
        choices=[(name, WebhookType(name).label) for name in TYPES],
        initial=PRESET_TYPES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    def clean_url(self) -> str:
        try:
            return addresses.check(self.cleaned_data["url"])
        except addresses.NotAnAddress as error:
            raise forms.ValidationError(str(error)) from error

    @staticmethod
    def initial_of(endpoint: WebhookEndpoint) -> dict[str, object]:
        return {"name": endpoint.name, "url": endpoint.url, "types": endpoint.types}


class WebhookSecretForm(forms.Form):
    """How long the old secret signs beside the new one."""

    keep_hours = forms.TypedChoiceField(
        label=_("The old secret signs for"),
        coerce=int,
        initial=24,
        choices=[
            (0, _("no longer: it ends at once")),
            (1, _("one more hour")),
            (24, _("one more day")),
            (168, _("one more week")),
        ],
        help_text=_(
            "In this time each message carries two signatures, and your program may check either."
            " Choose to end it at once if somebody else may know it."
        ),
    )


class WebhookReplayForm(forms.Form):
    since = forms.DateField(
        label=_("Send again what failed since"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Enter a day such as 2026-05-31.")},
    )

    def since_at(self) -> datetime:
        """The beginning of that day where its customer is."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["since"], time.min))
