"""What staff fill in about an order. The attempt that was on the screen travels with the form."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from orders.models import Submission
from orders.sending.deciding import LONGEST_REASON, SHORTEST_REASON, Verdict
from services.providers.fields import EXTERNAL_ID
from wallet.fields import OneValueInput

LARGEST_ID = 2**63 - 1


class DecisionForm(forms.Form):
    attempt = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=LARGEST_ID)
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        error_messages={
            "min_length": _("Say what you found out, in %(limit_value)d characters or more.")
        },
        help_text=_("What you found out, and where. It is logged; the customer does not see it."),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        verdict: Verdict,
        attempt: Submission | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(attempt), auto_id=f"{verdict.value}-%s")
        self.verdict = verdict


class AttachForm(DecisionForm):
    external_id = forms.RegexField(
        label=_("Number at the provider"),
        regex=rf"\A{EXTERNAL_ID.pattern}\Z",
        widget=OneValueInput(attrs={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"}),
        error_messages={"invalid": _("A provider's number has 1 to 19 plain digits.")},
    )
    field_order = ["attempt", "external_id", "reason"]


def decision_form(
    verdict: Verdict, *, data: QueryDict | None = None, attempt: Submission | None = None
) -> DecisionForm:
    """The form of one verdict: bound to what was sent, or filled from the attempt."""
    chosen = AttachForm if verdict == Verdict.ATTACH else DecisionForm
    return chosen(data, verdict=verdict, attempt=attempt)


def _initial(attempt: Submission | None) -> dict[str, object]:
    """A number that the answer named is offered, if it could be one at all."""
    if attempt is None:
        return {}
    candidate = attempt.candidate_id
    number = candidate if EXTERNAL_ID.fullmatch(candidate) else ""
    return {"attempt": attempt.pk, "external_id": number}
