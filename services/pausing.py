"""Stopping and resuming a provider: no order is sent to one that is paused, none is lost.

What the panel paused by itself it may resume by itself (`services.health`), what a person paused
only a person resumes.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts import cases
from accounts.acts import log_act
from accounts.models import Case, User
from services import breaking
from services.models import Provider


def pause_provider(
    *, provider_id: int, reason: str, at: datetime, actor: User | None = None, ip: str | None = None
) -> None:
    """Sends a provider nothing more and asks staff; one that is paused keeps its first reason,
    but a person's pause takes the place of the panel's.

    Without an `actor` it was the panel itself.
    """
    with transaction.atomic():
        to_pause = Q(paused_at=None) | (Q(is_paused_by_panel=True) if actor else Q())
        paused = Provider.objects.filter(to_pause, pk=provider_id).update(
            paused_at=Coalesce(F("paused_at"), at),
            pause_reason=reason[:200],
            is_paused_by_panel=actor is None,
        )
        if paused:
            target = _key(provider_id)
            log_act(actor=actor, act="pause provider", target=target, reason=reason, ip=ip)
        cases.raise_case(
            kind=Case.Kind.PROVIDER_PAUSED, key=_key(provider_id), detail=reason, at=at
        )


def resume_provider(
    *, provider_id: int, actor: User | None, at: datetime, ip: str | None = None
) -> None:
    """Lets a provider's queue go on, at once even after failures; its case is closed.

    Without an `actor` it is the panel, which leaves alone what a person paused.
    """
    with transaction.atomic():
        own = Provider.objects.filter(pk=provider_id)
        if actor is None:
            own = own.filter(is_paused_by_panel=True)
            if not own.exists():
                return
        tried_again = breaking.close_again(own.filter(failures_in_a_row__gt=0))
        resumed = own.filter(paused_at__isnull=False).update(
            paused_at=None, pause_reason="", is_paused_by_panel=False
        )
        if resumed or tried_again:
            log_act(actor=actor, act="resume provider", target=_key(provider_id), ip=ip)
        cases.resolve_case(
            kind=Case.Kind.PROVIDER_PAUSED, key=_key(provider_id), resolution="resumed", at=at
        )


def _key(provider_id: int) -> str:
    return f"provider:{provider_id}"
