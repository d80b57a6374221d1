"""The page for who writes a receiver: what is sent, and programs that check it, as they are run by
the tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders.models import Status, WebhookMessage, WebhookType
from orders.webhooks import wording
from orders.webhooks.clocks import ENDED_AFTER, KEPT_FOR, PAUSES
from orders.webhooks.sending import LIMITS

_RECEIVERS = Path(__file__).with_name("receivers")
_SAMPLE = WebhookMessage(
    type=WebhookType.ORDER_STATUS,
    sequence=88123,
    occurred_at=datetime(2026, 5, 31, 12, tzinfo=UTC),
    facts={
        "id": 10422,
        "service_id": 17,
        "role": "single",
        "status": Status.PARTIAL,
        "quantity": 1000,
        "charge_micros": 1_000_000,
        "refunded_micros": 400_000,
        "start_count": 3572,
        "remains": 400,
    },
)


@require_safe
def webhook_help(request: HttpRequest) -> HttpResponse:
    context = {
        "sample": json.dumps(wording.content_of(_SAMPLE), indent=2),
        "python": (_RECEIVERS / "receiver.py.txt").read_text(),
        "php": (_RECEIVERS / "receiver.php.txt").read_text(),
        "types": [(one.value, one.label) for one in WebhookType],
        "seconds": f"{LIMITS.deadline_seconds:.0f}",
        "tries": len(PAUSES) + 1,
        "days": ENDED_AFTER.days,
        "kept_days": KEPT_FOR.days,
    }
    return render(request, "orders/webhook_help.html", context)
