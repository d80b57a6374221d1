"""What staff fill in about a request of a customer's."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from orders.followups.deciding import ENDS, LONGEST_NOTE, SHORTEST_NOTE
from orders.followups.reasons import End
from orders.models import FollowUp

_CHOICES = {
    End.CARRIED_OUT: _("It was carried out"),
    End.NOT_DROPPED: _("Declined: the count has not dropped"),
    End.NOT_PUBLIC: _("Declined: the link is private or gone"),
    End.NOT_POSSIBLE: _("Declined: it cannot be done"),
}


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_NOTE,
        max_length=LONGEST_NOTE,
        error_messages={"min_length": _("Say what you did in %(limit_value)d characters or more.")},
        help_text=_("What you did or found out. It is logged; the customer does not see it."),
    )


class EndForm(NoteForm):
    """How a request of this kind ends; the customer reads the choice in gentler words."""

    end = forms.ChoiceField(label=_("Outcome"))
    field_order = ["end", "note"]

    def __init__(self, data: QueryDict | None = None, *, kind: str) -> None:
        super().__init__(data, auto_id="end-%s")
        field = self.fields["end"]
        if isinstance(field, forms.ChoiceField):
            ends = [(end.value, _CHOICES[end]) for end in ENDS[FollowUp.Kind(kind)]]
            field.choices = [("", _("Choose…")), *ends]


class SendForm(NoteForm):
    """Lets a call be made after all."""

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="send-%s")
