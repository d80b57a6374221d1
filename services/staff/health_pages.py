"""The health of providers: all of them on one page, each with what it did, and the acts that help.

What a provider said is shown to staff only, and escaped (DEL-01).
"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from services.health import asking, history, reading
from services.models import Provider, ProviderHealth
from services.pausing import pause_provider, resume_provider

LOOKS = "services.view_provider"
ACTS = "services.change_provider"


class PauseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why is it paused?"),
        max_length=200,
        help_text=gettext_lazy("Other staff read it. Only a person resumes it then."),
    )


@require_safe
@staff_page(LOOKS)
def health_list(request: StaffRequest) -> HttpResponseBase:
    """What needs somebody comes first."""
    context = {"lines": reading.read_lines(at=timezone.now())}
    return render(request, "services/staff/health_list.html", context)


@require_safe
@staff_page(LOOKS)
def health_detail(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    return _show(request, provider_id, form=PauseForm())


@require_POST
@staff_page(ACTS)
def health_pause(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    provider = get_object_or_404(Provider, pk=provider_id)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _show(request, provider_id, form=form, status=422)
    pause_provider(
        provider_id=provider.pk,
        reason=form.cleaned_data["reason"],
        actor=request.user,
        at=timezone.now(),
        ip=client_ip(request),
    )
    messages.success(request, _("Paused. Its orders wait until somebody resumes it."))
    return redirect("staff_services:health_detail", provider.pk)


@require_POST
@staff_page(ACTS)
def health_resume(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    provider = get_object_or_404(Provider, pk=provider_id)
    resume_provider(
        provider_id=provider.pk, actor=request.user, at=timezone.now(), ip=client_ip(request)
    )
    messages.success(request, _("It runs. Waiting orders are sent within seconds."))
    return redirect("staff_services:health_detail", provider.pk)


@require_POST
@staff_page(ACTS)
def health_try(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    provider = get_object_or_404(Provider, pk=provider_id)
    asking.try_now(provider_id=provider.pk, actor=request.user, ip=client_ip(request))
    messages.success(request, _("It is tried within seconds, with a single order. Look again."))
    return redirect("staff_services:health_detail", provider.pk)


@require_POST
@staff_page(ACTS)
def health_ask(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    provider = get_object_or_404(Provider, pk=provider_id, is_manual=False)
    asking.ask_now(provider_id=provider.pk, actor=request.user, ip=client_ip(request))
    messages.success(request, _("The balance is read within seconds. Look again."))
    return redirect("staff_services:health_detail", provider.pk)


def _show(
    request: StaffRequest, provider_id: int, *, form: PauseForm, status: int = 200
) -> HttpResponseBase:
    now = timezone.now()
    try:
        line = reading.read_line(provider_id=provider_id, at=now)
    except Provider.DoesNotExist as error:
        raise Http404 from error
    context = {
        "line": line,
        "form": form,
        "outages": history.outages_of(provider_id),
        "days": history.day_ends(provider_id=provider_id, at=now),
        "curve": history.curve(provider_id=provider_id, at=now),
        "errors": _errors(line.health),
        "now": now,
    }
    return render(request, "services/staff/health_detail.html", context, status=status)


def _errors(health: ProviderHealth | None) -> list[dict[str, object]]:
    errors = health.recent_errors if health else []
    return [error | {"at": parse_datetime(str(error["at"]))} for error in errors]
