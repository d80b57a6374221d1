"""Ending sessions: every one is checked against the user's epoch with each request (S-15)."""

from django.contrib.auth import update_session_auth_hash
from django.db.models import F
from django.http import HttpRequest

from accounts.models import User


def end_all(*, user: User) -> None:
    """End every session of the user; the next request of each is anonymous."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])


def end_others(*, user: User, request: HttpRequest) -> None:
    """End every session of the user but this one, which gets a new id (ACC-08)."""
    end_all(user=user)
    update_session_auth_hash(request, user)
