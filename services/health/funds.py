"""Telling staff in time that our balance at a provider runs out: one case and one mail, closed by
itself when it was topped up. Rules: docs/provider-health.md, "Money at providers".
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import cases
from accounts.models import Case
from services.health import alerts
from services.health.reading import Funds, Line, read_lines
from services.models import Provider

# A balance that lasts just as long as the limit would open and close its case by turns.
_SPARE_DAYS = 1


def warn(*, at: datetime) -> None:
    """Looks at every provider whose balance is known."""
    for line in read_lines(at=at):
        if line.balance is not None:
            _follow(line, line.balance, at=at)


def _follow(line: Line, balance: Funds, *, at: datetime) -> None:
    limit, days = line.provider.warns_below_days, balance.days_left
    if balance.is_low:
        _warn(line, balance, at=at)
    elif days is None or days >= limit + _SPARE_DAYS:
        cases.resolve_case(
            kind=Case.Kind.PROVIDER_FUNDS,
            key=_key(line.provider),
            resolution="the balance lasts again",
            at=at,
        )


def _warn(line: Line, funds: Funds, *, at: datetime) -> None:
    days = funds.days_left or 0
    with transaction.atomic():
        provider = Provider.objects.select_for_update(no_key=True).get(pk=line.provider.pk)
        key = _key(provider)
        if Case.objects.open().filter(kind=Case.Kind.PROVIDER_FUNDS, key=key).exists():
            return
        balance = f"{funds.amount:.2f} {funds.currency}"
        case = cases.raise_case(
            kind=Case.Kind.PROVIDER_FUNDS, key=key, detail=f"{balance}: {days} days", at=at
        )
        alerts.tell(
            key=f"case:{case.pk}",
            template="provider_funds",
            provider=provider,
            context={"balance": balance, "days": days},
            at=at,
        )


def _key(provider: Provider) -> str:
    return f"provider:{provider.pk}"
