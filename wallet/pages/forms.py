from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from legal.models import DocumentVersion
from wallet.automatic import cards
from wallet.decisions.bank_payments import ProofFile
from wallet.fields import AmountField, OneValueInput, OneValueRadios
from wallet.gateways import registry
from wallet.gateways.base import Gateway
from wallet.gateways.manual.proofs import LARGEST_BYTES, kind_of, plain_name
from wallet.gateways.stripe.client import CODE
from wallet.money import MICROS_PER_UNIT, display, parse_whole

PRESETS = ("10", "25", "50", "100")
USUAL_PRESET = "25"
LONGEST_CODE = 40
SHOW = "show"

# A chosen amount replaces the field for another one too, which empties it; what is typed leaves it.
_REFRESHES = {"hx-get": reverse_lazy("wallet:top_up"), "hx-swap": "outerHTML"}


def _asks_with(*names: str, **more: str) -> dict[str, object]:
    """Attributes of an input whose change shows another sum, together with these other inputs."""
    included = ", ".join(f"[name={name}]" for name in names)
    return {**_REFRESHES, "hx-include": included, "hx-sync": "closest form:replace", **more}


_CHOSEN = {"class": "choices", **_asks_with("gateway", "code"), "hx-target": "#top-up-amount"}
_SUM = {"hx-target": "#top-up-sum", "hx-select": "#top-up-sum"}
_TYPED = {**_SUM, "hx-trigger": "input changed delay:300ms"}


class TopUpForm(forms.Form):
    """How much to pay in, with what, and with which promotion. A typed amount counts instead of
    the chosen one; without a choice the usual way of paying counts.

    `versions` are the documents to accept with this payment, none if that was done before; the form
    carries the numbers of those that it showed (LEG-06, LEG-07). Valid, it has
    `cleaned_data["amount_micros"]`, `["gateway"]` (a code) and `["code"]`.
    """

    preset = forms.ChoiceField(
        label=_("Amount"),
        choices=[(number, f"${number}") for number in PRESETS],
        required=False,
        widget=OneValueRadios(attrs=_CHOSEN),
        error_messages={"invalid_choice": _("Choose one of these amounts, or type another.")},
    )
    amount = AmountField(
        label=_("Another amount"),
        required=False,
        widget=OneValueInput(attrs={**_asks_with("preset", "gateway", "code"), **_TYPED}),
    )
    code = forms.CharField(
        label=_("Promotion code"),
        required=False,
        max_length=LONGEST_CODE,
        widget=OneValueInput(
            attrs={
                **_asks_with("preset", "amount", "gateway"),
                **_TYPED,
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )
    keep_card = forms.BooleanField(label=_("Keep this card for automatic top-up"), required=False)
    accepts = forms.BooleanField(required=False)
    shown_versions = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: QueryDict | Mapping[str, object] | None = None,
        *,
        initial: Mapping[str, str] | None = None,
        versions: list[DocumentVersion] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.gateways = {gateway.code: gateway for gateway in registry.offered()}
        self.fields["amount"].help_text = _limits_in_words(self.gateways)
        if len(self.gateways) > 1:  # else there is nothing to choose
            self.fields["gateway"] = _choice_of(self.gateways)
        if CODE in self.gateways:
            self.fields["keep_card"].help_text = cards.consent_words()
        else:
            del self.fields["keep_card"]
        self.versions = versions or []
        if self.versions:
            self.fields["accepts"].label = _acceptance_label(self.versions)
            self.fields["shown_versions"].initial = self._versions_now
        else:
            del self.fields["accepts"], self.fields["shown_versions"]

    @property
    def asks_for_sum(self) -> bool:
        """Whether this only asks what would be paid and had, without going on to pay."""
        return self.is_bound and self.data.get("step") == SHOW

    @property
    def shown_bonus_micros(self) -> int:
        """The bonus that the page showed before it was sent; none if it showed no sum."""
        text = self.data.get("shown_bonus", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

    def clean(self) -> dict[str, object]:
        gateway = self._gateway()
        amount_micros = self._amount_micros()
        if gateway is not None and amount_micros is not None:
            if refusal := gateway.limits.refusal(amount_micros):
                self.add_error("amount", refusal)
            self.cleaned_data |= {"amount_micros": amount_micros, "gateway": gateway.code}
            if self.cleaned_data.get("keep_card") and gateway.code != CODE:
                self.add_error("keep_card", gettext("Only a card can be kept: pay with one."))
        if self.versions and not self.asks_for_sum:
            self._clean_acceptance()
        return self.cleaned_data

    @property
    def _versions_now(self) -> str:
        return "-".join(str(version.pk) for version in self.versions)

    def _clean_acceptance(self) -> None:
        if self.cleaned_data.get("shown_versions") != self._versions_now:
            self.data = {name: self.data.get(name) for name in self.data}
            self.data |= {"shown_versions": self._versions_now, "accepts": ""}
            self.add_error("accepts", gettext("These pages are new. Please read and accept them."))
        elif not self.cleaned_data.get("accepts"):
            self.add_error("accepts", gettext("Accept these pages to pay."))

    def _gateway(self) -> Gateway | None:
        if not self.gateways:
            self.add_error(None, gettext("No way of paying is set up yet."))
            return None
        only = next(iter(self.gateways))
        if "gateway" in self.errors:
            return None
        return self.gateways[self.cleaned_data.get("gateway", only)]

    def _amount_micros(self) -> int | None:
        if "amount" in self.errors or "preset" in self.errors:
            return None
        typed: int | None = self.cleaned_data["amount"]
        if typed is not None:
            return typed
        if preset := self.cleaned_data["preset"]:
            return parse_whole(preset) * MICROS_PER_UNIT
        self.add_error("amount", gettext("Choose an amount or type one."))
        return None


class UsualChoiceField(forms.ChoiceField):
    """Who chooses nothing gets what is chosen beforehand."""

    def clean(self, value: object) -> str:
        chosen: str = super().clean(value or self.initial)
        return chosen


class BankPaymentForm(forms.Form):
    """What the customer says of his transfer. Valid, `proof` is a ProofFile or None."""

    bank_reference = forms.CharField(
        label=_("Reference of your transfer"),
        max_length=80,
        widget=OneValueInput(attrs={"autocomplete": "off"}),
        help_text=_("The number that your bank shows for it, or the name it was sent in."),
        error_messages={"required": _("Tell us how we recognise your transfer.")},
    )
    proof = forms.FileField(
        label=_("Proof"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("A PDF, PNG or JPEG of 2 MB at most. Only you and our staff can open it."),
        error_messages={"empty": _("This file is empty.")},
    )

    def clean_proof(self) -> ProofFile | None:
        sent = self.cleaned_data["proof"]
        if sent is None:
            return None
        content = sent.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise forms.ValidationError(gettext("This file is larger than 2 MB."))
        kind = kind_of(content)
        if kind is None:
            raise forms.ValidationError(gettext("Send a PDF, a PNG or a JPEG file."))
        return ProofFile(name=plain_name(sent.name, kind), kind=kind, content=content)


def _choice_of(gateways: Mapping[str, Gateway]) -> forms.ChoiceField:
    return UsualChoiceField(
        label=_("Pay with"),
        choices=[(gateway.code, gateway.label) for gateway in gateways.values()],
        initial=next(iter(gateways)),
        widget=OneValueRadios(
            attrs={"class": "choices", **_asks_with("preset", "amount", "code"), **_SUM}
        ),
        error_messages={"invalid_choice": _("This way of paying is not on offer now.")},
    )


def _limits_in_words(gateways: Mapping[str, Gateway]) -> str:
    words = [gettext("If you type one, it counts instead of the choice above.")]
    words += [
        gettext("%(method)s: %(least)s to %(most)s.")
        % {
            "method": gateway.label,
            "least": display(gateway.limits.minimum_micros),
            "most": display(gateway.limits.maximum_micros),
        }
        for gateway in gateways.values()
    ]
    return " ".join(words)


def _acceptance_label(versions: list[DocumentVersion]) -> SafeString:
    links = format_html_join(
        ", ",
        '<a href="{}">{}</a>',
        ((version.get_absolute_url(), version.title) for version in versions),
    )
    return format_html("{} {}", gettext("With this payment I accept:"), links)
