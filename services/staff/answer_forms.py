"""What staff paste into the answer tester."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.dialects import PRESETS, dialect_from, sentence
from services.models import Provider
from services.providers.answers import Answer
from services.providers.changing import BadChanges
from services.providers.dialect import Dialect
from services.providers.fields import EXTERNAL_ID
from services.providers.presets import DEFAULT, UnknownPreset
from services.staff.answer_findings import MOST_NUMBERS, Question
from services.staff.answer_reading import ACTIONS

LONGEST_ANSWER = 200_000


class AnswerForm(forms.Form):
    """A provider, or a preset where there is none yet; the action and its answer."""

    provider = forms.ModelChoiceField(
        label=gettext_lazy("Provider"),
        queryset=Provider.objects.order_by("name"),
        required=False,
        empty_label=gettext_lazy("None: by the preset alone"),
    )
    preset = forms.ChoiceField(
        label=gettext_lazy("Preset"),
        choices=[(name, label) for name, (label, _about) in PRESETS.items()],
        required=False,
        help_text=gettext_lazy("Where no provider is chosen."),
    )
    action = forms.ChoiceField(label=gettext_lazy("What was asked"), choices=list(ACTIONS.items()))
    numbers = forms.CharField(
        label=gettext_lazy("Numbers asked about"),
        max_length=2500,
        required=False,
        help_text=gettext_lazy("With commas. Empty: those that the answer names."),
    )
    status = forms.IntegerField(
        label=gettext_lazy("HTTP status"),
        min_value=100,
        max_value=599,
        initial=200,
    )
    content_type = forms.CharField(
        label=gettext_lazy("Content type"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Not looked at: many providers send a wrong one."),
    )
    retry_after = forms.IntegerField(
        label=gettext_lazy("Retry-After, in seconds"),
        min_value=0,
        max_value=86_400,
        required=False,
        help_text=gettext_lazy("Counts with status 429."),
    )
    body = forms.CharField(
        label=gettext_lazy("The answer"),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "dir": "ltr"}),
        max_length=LONGEST_ANSWER,
        required=False,
        strip=False,
        help_text=gettext_lazy(
            "As it came. It is neither stored nor sent; leave out keys all the same."
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, initial: dict[str, str]) -> None:
        super().__init__(data, initial={"preset": DEFAULT, **initial})

    def clean_numbers(self) -> list[str]:
        said = self.cleaned_data["numbers"].split(",")
        numbers = [number.strip() for number in said if number.strip()]
        if len(numbers) > MOST_NUMBERS or not all(map(EXTERNAL_ID.fullmatch, numbers)):
            raise forms.ValidationError(_("At most 100 numbers of digits, with commas."))
        return list(dict.fromkeys(numbers))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            cleaned["dialect"] = self._dialect(cleaned)
        except BadChanges as bad:
            words = " ".join(sentence(one) for one in bad.complaints)
            self.add_error("provider", _("Its dialect has to be mended first: %s") % words)
        except UnknownPreset as unknown:
            self.add_error("provider", _("There is no preset “%s” any more.") % unknown)
        return cleaned

    def _dialect(self, cleaned: dict[str, Any]) -> Dialect:
        if provider := cleaned.get("provider"):
            return dialect_from(
                preset_name=provider.dialect_preset,
                changes=provider.dialect_changes,
                refusal_texts=provider.refusal_texts,
            )
        name = cleaned.get("preset") or DEFAULT
        return dialect_from(preset_name=name, changes={}, refusal_texts=[])

    def question(self) -> Question:
        """What is to be read, of a form that is valid."""
        cleaned = self.cleaned_data
        provider: Provider | None = cleaned["provider"]
        return Question(
            action=cleaned["action"],
            answer=Answer(
                status=cleaned["status"],
                body=cleaned["body"].encode(),
                retry_after_seconds=cleaned["retry_after"],
            ),
            dialect=cleaned["dialect"],
            numbers=cleaned["numbers"],
            cancel_means_partial=provider is not None and provider.cancel_means_partial,
        )
