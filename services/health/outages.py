"""The life of an outage: one row, one case and one mail when it begins, one mail when it is over.

A provider that comes and goes is one outage: it ends only when all has been well for a while. Its
orders need not wait for that, they go on with its first answer. Rules: docs/provider-health.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from accounts import cases
from accounts.models import Case
from services import breaking
from services.health import alerts
from services.health.verdicts import is_well, trouble_of
from services.models import Outage, Probe, Provider

# That long nothing must fail before staff are told that it is over.
STEADY = timedelta(minutes=3)


def to_follow() -> list[int]:
    """Providers with an open outage, or of which something may make one."""
    has_outage = Q(outages__isnull=False, outages__ended_at=None)
    limit = F("alerts_after_failures")
    is_failing = Q(failures_in_a_row__gte=limit) | Q(poll_failures__gte=limit)
    is_silent = Q(probe__failures__gte=limit)
    is_paused = Q(is_paused_by_panel=True)
    found = Provider.objects.filter(has_outage | is_failing | is_silent | is_paused)
    return list(found.order_by("pk").values_list("pk", flat=True).distinct())


def follow(*, provider_id: int, at: datetime) -> None:
    """Begins, continues or ends the outage of a provider as its row says now."""
    with transaction.atomic():
        provider = Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
        probe = Probe.objects.get_or_create(provider=provider)[0]
        outage = Outage.objects.filter(provider=provider, ended_at=None).first()
        trouble = trouble_of(provider, probe)
        if outage is None:
            if trouble:
                _begin(provider, reason=trouble, at=at)
        elif not is_well(provider, probe, at=at):
            Outage.objects.filter(pk=outage.pk).exclude(well_since=None).update(well_since=None)
        elif outage.well_since is None:
            Outage.objects.filter(pk=outage.pk).update(well_since=at)
        elif at - outage.well_since >= STEADY:
            _end(provider, outage, at=at)


def _begin(provider: Provider, *, reason: str, at: datetime) -> None:
    outage = Outage.objects.create(provider=provider, began_at=at, reason=reason[:300])
    if not provider.is_paused:  # a pause has a case of its own
        cases.raise_case(kind=Case.Kind.PROVIDER_DOWN, key=_key(provider), detail=reason, at=at)
    alerts.tell(
        key=f"outage:{outage.pk}:down",
        template="provider_down",
        provider=provider,
        context={"reason": outage.reason, "began_at": at, "is_paused": provider.is_paused},
        at=at,
    )


def _end(provider: Provider, outage: Outage, *, at: datetime) -> None:
    outage.ended_at = at
    outage.save(update_fields=["ended_at"])
    # Whatever failed before is over: a lane that had nothing to try is open again.
    breaking.close_again(Provider.objects.filter(pk=provider.pk, failures_in_a_row__gt=0))
    cases.resolve_case(
        kind=Case.Kind.PROVIDER_DOWN, key=_key(provider), resolution="it answers again", at=at
    )
    alerts.tell(
        key=f"outage:{outage.pk}:up",
        template="provider_up",
        provider=provider,
        context={
            "began_at": outage.began_at,
            "well_since": outage.well_since,
            "is_paused": provider.is_paused,
        },
        at=at,
    )


def _key(provider: Provider) -> str:
    return f"provider:{provider.pk}"
