"""What staff fill in about a provider. Its key goes in and never comes out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.admin.numbers import WholeNumberField
from services.dialects import PRESETS
from services.encryption import Unreadable
from services.endpoints import NotAnAddress, check_address
from services.models import Provider
from services.providers.presets import DEFAULT
from wallet.fields import OneValueInput, PercentField

LONGEST_NAME = 60
USUAL_WIDTH = 4
# Parts of a host's name that name nobody.
_COMMON_LABELS = frozenset({"www", "api", "panel", "app", "my"})
_NO_SECRET = {"autocomplete": "off", "spellcheck": "false"}


class _ProviderForm(forms.ModelForm[Provider]):
    """Address and key, which belong together."""

    url = forms.URLField(
        label=_("API address"),
        max_length=300,
        assume_scheme="https",
        widget=forms.URLInput(attrs={**_NO_SECRET, "dir": "ltr"}),
        help_text=_("https and a public host. The key is sent there and nowhere else."),
    )
    new_key = forms.CharField(
        label=_("API key"),
        max_length=200,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted and never shown again."),
    )

    class Meta:
        model = Provider
        fields: tuple[str, ...] = ("url",)

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_address(url)
        except NotAnAddress as error:
            raise forms.ValidationError(str(error)) from error
        return url


class NewProviderForm(_ProviderForm):
    dialect_preset = forms.ChoiceField(
        label=_("Dialect"),
        choices=[(name, label) for name, (label, _about) in PRESETS.items()],
        initial=DEFAULT,
        help_text=_("Nearly all speak the usual one. It can be changed in every part later."),
    )
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_("As staff call it; customers never read it. Empty: taken from the address."),
    )
    field_order = ["url", "new_key", "dialect_preset", "name"]

    class Meta(_ProviderForm.Meta):
        fields = ("url", "name", "dialect_preset")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("url") and not cleaned.get("name"):
            cleaned["name"] = name_from(cleaned["url"])
        return cleaned

    def save(self, commit: bool = True) -> Provider:
        self.instance.api_key = self.cleaned_data["new_key"]
        return super().save(commit=commit)


class OwnWorkForm(forms.ModelForm[Provider]):
    """Work of our own has a name and nothing that could be called."""

    class Meta:
        model = Provider
        fields = ("name",)
        help_texts = {"name": _("As staff call it; customers never read it.")}

    def save(self, commit: bool = True) -> Provider:
        self.instance.is_manual, self.instance.is_synced_daily = True, False
        return super().save(commit=commit)


class ProviderForm(_ProviderForm):
    """All that may be changed of a provider: an empty key keeps the stored one."""

    lane_width = WholeNumberField(
        label=_("Orders at once"),
        required=False,
        min_value=1,
        max_value=200,
        widget=OneValueInput(attrs={"inputmode": "numeric"}),
        help_text=_("How many may be on their way to it at one moment. Empty: 4."),
    )
    sends_per_minute = WholeNumberField(
        label=_("Orders per minute"),
        required=False,
        min_value=1,
        max_value=100_000,
        widget=OneValueInput(attrs={"inputmode": "numeric"}),
        help_text=_("No more leave in any 60 seconds. Empty: no limit."),
    )
    warns_below_days = WholeNumberField(
        label=_("Warn when the balance lasts for fewer days than"),
        max_value=365,
        widget=OneValueInput(attrs={"inputmode": "numeric"}),
    )
    rise_limit_bp = PercentField(
        label=_("Rise of a cost that is applied by itself, in percent"),
        help_text=_(
            "Up to this a service is re-priced by its rules without anybody's look; above it, it"
            " is taken off sale and waits for a person."
        ),
    )
    currency = forms.RegexField(
        label=_("Currency"),
        regex=r"\A[A-Za-z]{3}\Z",
        widget=OneValueInput(attrs={**_NO_SECRET, "size": "4", "dir": "ltr"}),
        error_messages={"invalid": _("Three letters, such as USD.")},
        help_text=_("In which it takes money. Costs become dollars by the rates of the wallet."),
    )
    alerts_after_failures = WholeNumberField(
        label=_("Tell staff after so many failures in a row"),
        min_value=1,
        max_value=4,
        widget=OneValueInput(attrs={"inputmode": "numeric"}),
        help_text=_("1 to 4: with more, nobody would hear of it within two minutes."),
    )

    class Meta(_ProviderForm.Meta):
        fields = (
            "name", "url", "currency", "lane_width", "sends_per_minute", "is_synced_daily",
            "applies_alone", "rise_limit_bp", "warns_below_days", "alerts_after_failures",
            "cancel_means_partial", "scans_numbers", "checks_balance",
        )  # fmt: skip
        help_texts = {
            "is_synced_daily": _(
                "What differs waits for you, or is applied by itself as chosen below."
            ),
            "applies_alone": _(
                "Costs inside the limit, names, and limits of quantities. New services, and"
                " whatever needs a look, always wait for a person."
            ),
            "cancel_means_partial": _("The refund of a “Canceled” then follows what remains."),
            "scans_numbers": _(
                "Only where its numbers have no gaps and nobody else orders in our account: a"
                " lost order is then attached or sent again by itself if the numbers prove it."
            ),
            "checks_balance": _(
                "Only where an order is charged when it is placed: a lost order is then sent"
                " again by itself if our balance proves that it never arrived."
            ),
        }

    def __init__(self, data: QueryDict | None = None, *, instance: Provider) -> None:
        super().__init__(data, instance=instance)
        key = self.fields["new_key"]
        key.required = False
        key.help_text = _now("Stored encrypted and never shown. Empty: the present one stays.")
        if isinstance(instance.api_key, Unreadable):
            key.help_text = _now("The stored key cannot be read on this server: type it again.")

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"]
        return currency.upper()

    def clean_lane_width(self) -> int:
        width: int | None = self.cleaned_data["lane_width"]
        return USUAL_WIDTH if width is None else width

    def clean(self) -> dict[str, Any]:
        """A stored key goes to the host it was typed for, and to no other."""
        cleaned = super().clean() or {}
        before, after = (urlsplit(values.get("url") or "") for values in (self.initial, cleaned))
        if before[:2] != after[:2] and not cleaned.get("new_key"):
            self.add_error("new_key", _("Another host: type the key that is meant for it."))
        return cleaned

    def save(self, commit: bool = True) -> Provider:
        """What changed alone: pauses and failures are counted by others meanwhile."""
        changed = set(self.changed_data) - {"new_key"}
        if key := self.cleaned_data["new_key"]:
            self.instance.api_key = key
            changed.add("api_key")
        self.instance.save(update_fields=changed)
        return self.instance


def name_from(url: str) -> str:
    """A name for a new provider from its host, one that no other has: "Example 2"."""
    labels = (urlsplit(url).hostname or "provider").split(".")
    telling = [label for label in labels[:-1] if label not in _COMMON_LABELS]
    wished = ".".join(labels) if labels[-1].isdecimal() else (telling or labels)[0].capitalize()
    wished = wished[: LONGEST_NAME - 4]
    taken = set(Provider.objects.filter(name__startswith=wished).values_list("name", flat=True))
    names = (wished, *(f"{wished} {number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
