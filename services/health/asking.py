"""Staff ask a provider now instead of at its next turn. Only clocks are moved: a worker asks within
seconds, and acts on the answer as on every other."""

from __future__ import annotations

from django.db import transaction

from accounts.acts import log_act
from accounts.models import User
from services import breaking
from services.models import Probe, Provider


def ask_now(*, provider_id: int, actor: User, ip: str | None = None) -> None:
    """Our balance there is read by the next sweep."""
    with transaction.atomic():
        _want(provider_id)
        log_act(actor=actor, act="read balance at provider", target=_key(provider_id), ip=ip)


def try_now(*, provider_id: int, actor: User, ip: str | None = None) -> None:
    """Ends the rest of its lane as well: a single order is tried, if one waits."""
    with transaction.atomic():
        Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
        breaking.try_one(provider_id=provider_id)
        _want(provider_id)
        log_act(actor=actor, act="try provider", target=_key(provider_id), ip=ip)


def _want(provider_id: int) -> None:
    Probe.objects.update_or_create(provider_id=provider_id, defaults={"asked_at": None})


def _key(provider_id: int) -> str:
    return f"provider:{provider_id}"
