"""Log-ins: each is kept, and one from a browser that was not here before is told to the owner
(ACC-04; evidence for disputed payments: CHB-06)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import mail
from accounts.models import Login, User

_SHOWN = 10


def note(*, user: User, ip: str, user_agent: str, is_known_device: bool, at: datetime) -> Login:
    """Keep one log-in. The very first of an account has nothing to differ from: it is not told."""
    with transaction.atomic():
        is_first = not user.logins.exists()
        login = Login.objects.create(
            user=user, at=at, ip=ip, user_agent=user_agent.replace("\0", "")[:200]
        )
        if not (is_known_device or is_first):
            _tell_owner(login)
    return login


def recent(*, user: User) -> list[Login]:
    """The newest log-ins, newest first."""
    return list(user.logins.order_by("-pk")[:_SHOWN])


def _tell_owner(login: Login) -> None:
    site = settings.SITE_URL.rstrip("/")
    mail.enqueue(
        key=f"log-in:{login.pk}",
        recipient=login.user.email,
        template="log_in_from_new_device",
        context={
            "login": login,
            "profile_url": site + reverse("accounts:profile"),
            # Served by an app above this one.
            "compromised_url": f"{site}/account/compromised/",
        },
        at=login.at,
    )
