"""Orders at providers that belong to none of ours: what staff look at, and close."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, client_ip, posted, staff_page
from orders.models import Orphan
from orders.sending import orphans
from orders.sending.deciding import LONGEST_REASON, PERMISSION, SHORTEST_REASON

LONGEST_LIST = 100
_OPEN = (Orphan.State.OPEN, Orphan.State.CANCEL_ASKED)


class OrphanField(forms.ModelChoiceField[Orphan]):
    def label_from_instance(self, obj: Orphan) -> str:
        return f"{obj.external_id} · {obj.provider.name}"


class CloseForm(forms.Form):
    orphan = OrphanField(
        label=gettext_lazy("Number there"), queryset=Orphan.objects.none(), empty_label=None
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("What it turned out to be, or what the provider agreed to."),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        field = self.fields["orphan"]
        if isinstance(field, OrphanField):
            found = Orphan.objects.filter(state__in=_OPEN).select_related("provider")
            field.queryset = found.order_by("-found_at")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(PERMISSION)
def orphan_list(request: StaffRequest) -> HttpResponseBase:
    """What is open, the newest first; a POST closes one with a reason."""
    form = CloseForm(posted(request))
    if form.is_valid():
        return _close(request, form)
    found = Orphan.objects.filter(state__in=_OPEN).select_related("provider", "order")
    context = {
        "orphans": found.order_by("-found_at")[:LONGEST_LIST],
        "form": form,
        "longest_list": LONGEST_LIST,
    }
    status = 422 if form.is_bound else 200
    return render(request, "orders/staff/orphan_list.html", context, status=status)


def _close(request: StaffRequest, form: CloseForm) -> HttpResponseBase:
    try:
        orphans.close(
            orphan_id=form.cleaned_data["orphan"].pk,
            actor=request.user,
            reason=form.cleaned_data["reason"],
            at=timezone.now(),
            ip=client_ip(request),
        )
        messages.success(request, _("Closed."))
    except orphans.ClosedAlready:
        messages.error(request, _("It was closed already."))
    return redirect("staff_orders:orphans")
