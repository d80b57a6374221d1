"""Mails to the staff who keep providers: one when something begins, one when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from accounts.mail import enqueue
from accounts.models import User
from services.models import Provider

KEEPS_PROVIDERS = "change_provider"


def recipients() -> list[str]:
    """The address of the settings, else everybody who may change providers."""
    if settings.STAFF_ALERT_EMAIL:
        return [settings.STAFF_ALERT_EMAIL]
    may = {"codename": KEEPS_PROVIDERS, "content_type__app_label": "services"}
    by_group = Q(**{f"groups__permissions__{name}": value for name, value in may.items()})
    by_hand = Q(**{f"user_permissions__{name}": value for name, value in may.items()})
    staff = User.objects.filter(is_active=True, is_staff=True)
    keepers = staff.filter(by_group | by_hand | Q(is_superuser=True))
    return list(keepers.order_by("pk").values_list("email", flat=True).distinct())


def tell(
    *, key: str, template: str, provider: Provider, context: Mapping[str, object], at: datetime
) -> None:
    """One mail to each, however often it is called with the key ("outage:3:down")."""
    page = reverse("staff_services:health_detail", args=[provider.pk])
    values = {"provider": provider.name, "url": f"{settings.SITE_URL}{page}", **context}
    for recipient in recipients():
        enqueue(
            key=f"{key}:{recipient}",
            recipient=recipient,
            template=template,
            context=values,
            at=at,
        )
