"""An endpoint that is told nothing any more until its owner turns it on again, and his mail."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts import bundling
from orders.models import WebhookEndpoint
from orders.webhooks.clocks import ENDED_AFTER


def end(endpoint: WebhookEndpoint, *, why: WebhookEndpoint.Disabled, at: datetime) -> None:
    """Ends a locked endpoint; the caller saves it. What waits stays for the day it is on again."""
    endpoint.disabled_at, endpoint.disabled_as = at, why
    bundling.tell(
        user=endpoint.customer,
        kind="webhook_ended",
        context={
            "name": endpoint.name,
            "url": endpoint.url,
            "is_gone": why == WebhookEndpoint.Disabled.GONE,
            "days": ENDED_AFTER.days,
            "link": settings.SITE_URL + reverse("orders:webhook_detail", args=[endpoint.pk]),
            "webhooks_url": settings.SITE_URL + reverse("orders:webhooks"),
        },
        at=at,
    )
