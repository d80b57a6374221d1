"""Pages of the demonstration only; urls.py leaves them out unless DEMO is on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import OutboundMail

SHOWN_MAILS = 50


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The newest mails of the panel, readable by everybody who tries the demonstration."""
    mails = OutboundMail.objects.order_by("-pk")[:SHOWN_MAILS]
    return render(request, "demo_mail.html", {"mails": mails})
