"""The door for payment gateways. Whatever is wrong with a delivery is the sender's mistake (4xx),
so that a gateway never repeats for days what we shall never be able to read."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from wallet import inbox

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    try:
        body = request.body
    except (RawPostDataException, UnreadablePostError):  # sent as a form, or cut off
        return _refuse("unreadable", status=400)
    if len(body) > inbox.LARGEST_BODY:
        return _refuse("too large", status=413)
    try:
        inbox.receive_stripe(
            body=body, signature=request.headers.get("Stripe-Signature", ""), at=timezone.now()
        )
    except (inbox.Forged, inbox.Malformed) as error:
        return _refuse(str(error), status=400)
    return _plain("received", status=200)


def _refuse(reason: str, *, status: int) -> HttpResponse:
    logger.warning("stripe webhook refused: %s", reason)
    return _plain(reason, status=status)


def _plain(text: str, *, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
