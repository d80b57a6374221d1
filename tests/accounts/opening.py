"""Whose key opens the APIs: through the door that every call comes in by."""

from __future__ import annotations

from datetime import datetime

from accounts import admission
from accounts.models import ApiKey


def opened_by(*, secret: str, at: datetime, ip: str) -> ApiKey | None:
    """The key that a call with the secret is let in by; None where it stays outside."""
    try:
        caller = admission.admit(secret=secret, ip=ip, is_in_query=False, at=at)
    except admission.Refused:
        return None
    return ApiKey.objects.select_related("user").get(pk=caller.key_id)
