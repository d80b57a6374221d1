"""Stopping and resuming a provider: no order is sent to one that is paused, none is lost."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import cases
from accounts.acts import log_act
from accounts.models import Case, User
from services import breaking
from services.models import Provider


def pause_provider(
    *, provider_id: int, reason: str, at: datetime, actor: User | None = None, ip: str | None = None
) -> None:
    """Sends a provider nothing more and asks staff; one that is paused keeps its first reason.

    Without an `actor` it was the panel itself.
    """
    with transaction.atomic():
        running = Provider.objects.filter(pk=provider_id, paused_at=None)
        if running.update(paused_at=at, pause_reason=reason[:200]):
            target = _key(provider_id)
            log_act(actor=actor, act="pause provider", target=target, reason=reason, ip=ip)
        cases.raise_case(
            kind=Case.Kind.PROVIDER_PAUSED, key=_key(provider_id), detail=reason, at=at
        )


def resume_provider(*, provider_id: int, actor: User, at: datetime, ip: str | None = None) -> None:
    """Lets a provider's queue go on, at once even after failures; its case is closed."""
    with transaction.atomic():
        own = Provider.objects.filter(pk=provider_id)
        tried_again = breaking.close_again(own.filter(failures_in_a_row__gt=0))
        resumed = own.filter(paused_at__isnull=False).update(paused_at=None, pause_reason="")
        if resumed or tried_again:
            log_act(actor=actor, act="resume provider", target=_key(provider_id), ip=ip)
        cases.resolve_case(
            kind=Case.Kind.PROVIDER_PAUSED, key=_key(provider_id), resolution="resumed", at=at
        )


def _key(provider_id: int) -> str:
    return f"provider:{provider_id}"
