"""Messages of a webhook: looked at, sent again, and tests of it."""

from __future__ import annotations

import json

from django.contrib import messages as notes
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import CustomerRequest, customer_page
from orders.models import WebhookMessage
from orders.pages.webhook_forms import WebhookReplayForm
from orders.pages.webhook_views import mine_or_404, render_detail
from orders.pages.webhook_words import outcome, standing
from orders.webhooks import messages, wording


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def webhook_message(
    request: CustomerRequest, endpoint_id: int, message_id: int
) -> HttpResponseBase:
    """One message with its tries; a POST sends it once more."""
    endpoint = mine_or_404(request, endpoint_id)
    message = get_object_or_404(endpoint.messages.select_related("endpoint"), pk=message_id)
    if request.method == "POST":
        return _replay(request, message)
    tries = list(message.tries.order_by("-pk"))
    context = {
        "endpoint": endpoint,
        "message": message,
        "standing": standing(message, last=tries[0] if tries else None),
        "body": json.dumps(wording.content_of(message), indent=2),
        "tries": [(one, outcome(one)) for one in tries],
    }
    return render(request, "orders/webhook_message.html", context)


def _replay(request: CustomerRequest, message: WebhookMessage) -> HttpResponseBase:
    if request.POST.get("seen") == str(message.attempts):
        _send_again(request, message)
    else:
        notes.info(request, _("It has been tried since you saw this page: look at the last try."))
    return redirect("orders:webhook_message", message.endpoint_id, message.pk)


def _send_again(request: CustomerRequest, message: WebhookMessage) -> None:
    try:
        messages.replay(message=message, at=timezone.now())
    except messages.NotSending:
        notes.error(request, _("The webhook is off: turn it on first."))
    except messages.AskedTooOften:
        notes.error(request, _("That is enough for now. Try again later."))
    else:
        notes.success(request, _("The message is sent again now."))


@require_POST
@customer_page
def webhook_test(request: CustomerRequest, endpoint_id: int) -> HttpResponseBase:
    endpoint = mine_or_404(request, endpoint_id)
    try:
        message = messages.send_test(endpoint=endpoint, at=timezone.now())
    except messages.NotSending:
        notes.error(request, _("The webhook is off: turn it on first."))
    except messages.AskedTooOften:
        notes.error(request, _("That is enough for now. Try again later."))
    else:
        notes.success(request, _("The test is on its way. Reload this page to see what came back."))
        return redirect("orders:webhook_message", endpoint.pk, message.pk)
    return redirect("orders:webhook_detail", endpoint.pk)


@require_POST
@customer_page
def webhook_replay(request: CustomerRequest, endpoint_id: int) -> HttpResponseBase:
    """All that failed since a day."""
    endpoint = mine_or_404(request, endpoint_id)
    form = WebhookReplayForm(request.POST)
    if not form.is_valid():
        return render_detail(request, endpoint, replay=form)
    try:
        count = messages.replay_failed(endpoint=endpoint, since=form.since_at(), at=timezone.now())
    except messages.NotSending:
        notes.error(request, _("The webhook is off: turn it on first."))
    except messages.AskedTooOften:
        notes.error(request, _("That is enough for now. Try again later."))
    else:
        words = ngettext(
            "{count} message is sent again.", "{count} messages are sent again.", count
        )
        notes.success(request, words.format(count=count))
    return redirect("orders:webhook_detail", endpoint.pk)
