"""Staff make an account for a customer, who chooses the password himself.

Nobody accepts terms for another: whoever was invited does it himself with his first top-up. No
mail holds a password or a link as good as one.
"""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import mail
from accounts.acts import log_act
from accounts.models import User
from accounts.registration import EmailTaken

__all__ = ["EmailTaken", "invite"]


def invite(*, email: str, by: User, at: datetime, ip: str | None = None) -> User:
    """An account without a password, and the mail that says how to choose one. Raises
    EmailTaken."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email)
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
            log_act(actor=by, act="invite user", target=f"user:{user.pk}", ip=ip)
            _tell(user, at)
    except IntegrityError as error:
        if User.objects.filter(email=email.lower()).exists():
            raise EmailTaken from error
        raise
    return user


def _tell(user: User, at: datetime) -> None:
    mail.enqueue(
        key=f"invitation:{user.pk}",
        recipient=user.email,
        template="invitation",
        context={"url": settings.SITE_URL.rstrip("/") + reverse("account_reset_password")},
        at=at,
    )
