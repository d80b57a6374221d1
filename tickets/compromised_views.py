"""The page "my account is compromised": plain words, one press (ACC-11)."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import CustomerRequest, client_ip, customer_page, posted
from tickets import compromised as reporting
from tickets.forms import CompromisedForm


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def compromised(request: CustomerRequest) -> HttpResponseBase:
    form = CompromisedForm(posted(request))
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "tickets/compromised.html", {"form": form}, status=status)
    reporting.report(
        customer=request.user,
        note=form.cleaned_data["note"],
        at=timezone.now(),
        ip=client_ip(request),
    )
    # Its session has just ended with all others.
    logout(request)
    return redirect("safety:compromised_done")


@require_safe
def compromised_done(request: HttpRequest) -> HttpResponseBase:
    """What to do now. It says nothing about anybody, so whoever comes may read it."""
    return render(request, "tickets/compromised_done.html")
