"""The health of providers as pages show it: a line for each, in six queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from services.health import balances
from services.models import BalanceReading, Outage, Probe, Provider, ProviderHealth
from wallet.money import MICROS_PER_UNIT


class State(Enum):
    """What a provider is at: its word and colour, the most urgent first."""

    STOPPED = ("stopped", "bad", _("Paused by the panel"))
    DOWN = ("down", "bad", _("Down"))
    RECOVERING = ("recovering", "warn", _("Answers again"))
    FAILING = ("failing", "warn", _("Failing"))
    PAUSED = ("paused", "warn", _("Paused"))
    RUNNING = ("running", "ok", _("Running"))

    def __init__(self, code: str, tone: str, word: Promise) -> None:
        self.code = code
        self.tone = tone
        self.word = word


@dataclass(frozen=True, slots=True)
class Funds:
    """Our balance in the provider's currency; `days_left` is None where nothing is spent. It is low
    where orders need more: not where nothing is spent and nothing on sale."""

    amount: Decimal
    currency: str
    read_at: datetime
    days_left: int | None
    is_low: bool


@dataclass(frozen=True, slots=True)
class LastError:
    said: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One provider: `accepted_percent` of what was sent in 24 hours and got a yes or no answer,
    or none; None where nothing was sent."""

    provider: Provider
    state: State
    health: ProviderHealth | None
    probe: Probe | None
    outage: Outage | None
    balance: Funds | None
    last_error: LastError | None

    @property
    def accepted_percent(self) -> int | None:
        if self.health is None or not self.health.sent:
            return None
        # Rounded down: 100 means all.
        return self.health.accepted * 100 // self.health.sent


def read_lines(*, at: datetime) -> list[Line]:
    """All providers, those that need somebody first, then by name."""
    lines = _read(Provider.objects.all(), at=at)
    order = list(State)
    return sorted(lines, key=lambda line: (order.index(line.state), line.provider.name.lower()))


def read_line(*, provider_id: int, at: datetime) -> Line:
    """Raises Provider.DoesNotExist."""
    lines = _read(Provider.objects.filter(pk=provider_id), at=at)
    if not lines:
        raise Provider.DoesNotExist
    return lines[0]


def count_troubled() -> tuple[int, datetime | None]:
    """How many providers are down or paused, and since when the first of them is."""
    open_outage = Outage.objects.filter(provider=OuterRef("pk"), ended_at=None)
    since = Coalesce(Subquery(open_outage.values("began_at")[:1]), "paused_at")
    troubled = Provider.objects.annotate(since=since).exclude(since=None)
    found = troubled.aggregate(count=Count("pk"), oldest=Min("since"))
    return found["count"], found["oldest"]


def _read(providers: QuerySet[Provider], *, at: datetime) -> list[Line]:
    ids = list(providers.values_list("pk", flat=True))
    outages = {
        one.provider_id: one for one in Outage.objects.filter(provider__in=ids, ended_at=None)
    }
    readings = BalanceReading.objects.filter(provider=OuterRef("pk"))
    newest = _picked(ids, readings.order_by("-read_at"))
    recent = readings.filter(read_at__gte=at - balances.WEEK)
    oldest = _picked(ids, recent.order_by("read_at"))
    least = balances.least_orders(ids)
    found = Provider.objects.filter(pk__in=ids).select_related("health", "probe")
    return [
        _line(
            provider,
            outage=outages.get(provider.pk),
            newest=newest.get(provider.pk),
            week_from=oldest.get(provider.pk),
            order_micros=least.get(provider.pk),
            at=at,
        )
        for provider in found
    ]


def _picked(ids: list[int], readings: QuerySet[BalanceReading]) -> dict[int, BalanceReading]:
    """The first of these readings for each provider: one look into the index each."""
    first = Provider.objects.filter(pk__in=ids).annotate(first=Subquery(readings.values("pk")[:1]))
    picked = BalanceReading.objects.filter(pk__in=first.values("first"))
    return {reading.provider_id: reading for reading in picked}


def _line(
    provider: Provider,
    *,
    outage: Outage | None,
    newest: BalanceReading | None,
    week_from: BalanceReading | None,
    order_micros: int | None,
    at: datetime,
) -> Line:
    health: ProviderHealth | None = getattr(provider, "health", None)
    probe: Probe | None = getattr(provider, "probe", None)
    spent_micros = health.spent_micros if health else 0
    since = week_from or newest
    return Line(
        provider=provider,
        state=_state(provider, probe, outage),
        health=health,
        probe=probe,
        outage=outage,
        balance=_funds(provider, newest, since, spent_micros, order_micros, at=at),
        last_error=_last_error(health, probe),
    )


def _state(provider: Provider, probe: Probe | None, outage: Outage | None) -> State:
    if provider.is_paused:
        return State.STOPPED if provider.is_paused_by_panel else State.PAUSED
    if outage is not None:
        return State.RECOVERING if outage.well_since else State.DOWN
    failures = provider.failures_in_a_row + provider.poll_failures
    return State.FAILING if failures or (probe and probe.failures) else State.RUNNING


def _funds(
    provider: Provider,
    newest: BalanceReading | None,
    week_from: BalanceReading | None,
    spent_micros: int,
    order_micros: int | None,
    *,
    at: datetime,
) -> Funds | None:
    if newest is None or week_from is None:
        return None
    days = balances.days_left(
        balance_micros=newest.amount_micros,
        spent_micros=spent_micros,
        read_since=week_from.read_at,
        at=at,
        order_micros=order_micros or 0,
    )
    is_needed = spent_micros > 0 or order_micros is not None
    return Funds(
        amount=Decimal(newest.amount_micros) / MICROS_PER_UNIT,
        currency=newest.currency.upper(),
        read_at=newest.read_at,
        days_left=days,
        is_low=is_needed and days is not None and days < provider.warns_below_days,
    )


def _last_error(health: ProviderHealth | None, probe: Probe | None) -> LastError | None:
    """The newer one of what orders and questions met."""
    errors = [
        LastError(one.last_error, one.last_error_at)
        for one in (health, probe)
        if one is not None and one.last_error_at is not None
    ]
    return max(errors, key=lambda error: error.at, default=None)
