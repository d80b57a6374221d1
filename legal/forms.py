"""What an operator says when a publication is made."""

import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from legal.execution import NotExecutable, check_executable
from legal.models import DocumentVersion
from legal.policy import Policy
from legal.presets import PRESETS
from legal.setting import InvalidPolicy
from legal.terms import policy_in_force
from legal.wording import BadWording, fill


@dataclass(frozen=True, slots=True)
class PublishOrder:
    """A valid form: what to publish, and the preview it was made from (empty: none yet)."""

    policy: Policy
    versions: tuple[DocumentVersion, ...]
    previewed: str


class PublishForm(forms.Form):
    preset = forms.ChoiceField(
        label=_("Settings"),
        required=False,
        choices=[("", _("As they are now")), *((name, name) for name in PRESETS)],
    )
    overrides = forms.CharField(
        label=_("Other values"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 60}),
        help_text=_('A JSON object, such as {"order.undo_seconds": 30, "age.min": 18}.'),
    )
    versions = forms.ModelMultipleChoiceField(
        label=_("Drafts"),
        required=False,
        queryset=DocumentVersion.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Documents without a draft stay as they are."),
    )
    previewed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drafts = self.fields["versions"]
        assert isinstance(drafts, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        drafts.queryset = DocumentVersion.objects.drafts().select_related("document")
        drafts.initial = drafts.queryset

    def clean_overrides(self) -> dict[str, object]:
        written = self.cleaned_data["overrides"].strip() or "{}"
        try:
            values = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is not JSON: %s") % error) from error
        if not isinstance(values, dict):
            raise forms.ValidationError(_("Write an object: {…}."))
        return values

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "overrides" in cleaned and "preset" in cleaned:
            base = (PRESETS.get(cleaned["preset"]) or policy_now()).to_json()
            try:
                cleaned["policy"] = Policy.from_json({**base, **cleaned["overrides"]})
                check_executable(cleaned["policy"])
            except InvalidPolicy as error:
                self.add_error("overrides", str(error))
            except NotExecutable as error:
                field = "preset" if cleaned["preset"] else "overrides"
                self.add_error(field, [forms.ValidationError(each) for each in error.problems])
        return cleaned

    def to_order(self) -> PublishOrder:
        cleaned = self.cleaned_data
        return PublishOrder(cleaned["policy"], tuple(cleaned["versions"]), cleaned["previewed"])


class DraftForm(forms.ModelForm[DocumentVersion]):
    class Meta:
        model = DocumentVersion
        fields = ["document", "language", "title", "body", "summary"]

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"].replace("\r\n", "\n")
        try:
            fill(body=body, policy=Policy())
        except BadWording as error:
            raise forms.ValidationError(str(error)) from error
        return body

    def clean(self) -> dict[str, Any]:
        """One draft at a time: a form leaves constraints on columns that it does not show alone."""
        cleaned: dict[str, Any] = super().clean() or {}
        others = DocumentVersion.objects.drafts().exclude(pk=self.instance.pk)
        document, language = cleaned.get("document"), cleaned.get("language")
        if others.filter(document=document, language=language).exists():
            self.add_error("document", _("This document already has a draft: edit that one."))
        return cleaned


def policy_now() -> Policy:
    """Return the settings in force, before the first publication the defaults."""
    return policy_in_force(at=timezone.now()) or Policy()
