"""What the pages of providers show beside their health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db.models import Count, Q

from services.health import reading
from services.models import Provider, ProviderService, Service, Sync
from services.syncing.importing import unsold

UNFINISHED = (Sync.State.READING, Sync.State.OPEN)


@dataclass(frozen=True, slots=True)
class Row:
    """A provider in the list: `last` is its newest reading of a price list, whatever became of
    it; `offered` is what we hold of it, `sold` our services of that on sale."""

    line: reading.Line
    last: Sync | None
    offered: int
    sold: int

    @property
    def provider(self) -> Provider:
        return self.line.provider

    @property
    def host(self) -> str:
        return urlsplit(self.provider.url).netloc


def read_rows(*, at: datetime) -> list[Row]:
    """All providers in the order of their health; a fixed number of queries."""
    newest = Sync.objects.order_by("provider", "-pk").distinct("provider")
    last = {one.provider_id: one for one in newest}
    offers = ProviderService.objects.filter(gone_at=None).order_by().values_list("provider")
    services = Service.objects.filter(is_active=True).order_by()
    held = dict(offers.annotate(Count("pk")))
    sold = dict(services.values_list("provider_service__provider").annotate(Count("pk")))
    return [
        Row(
            line=line,
            last=last.get(line.provider.pk),
            offered=held.get(line.provider.pk, 0),
            sold=sold.get(line.provider.pk, 0),
        )
        for line in reading.read_lines(at=at)
    ]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What we hold of one provider: its services, those without one of ours (and not gone), and
    ours on sale, as drafts, and taken off by the panel."""

    offered: int
    gone: int
    unsold: int
    on_sale: int
    off_sale: int
    taken_off: int


def holdings_of(provider_id: int) -> Holdings:
    offers = ProviderService.objects.filter(provider=provider_id)
    services = Service.objects.filter(provider_service__provider=provider_id)
    ours = services.aggregate(
        on=Count("pk", filter=Q(is_active=True)),
        off=Count("pk", filter=Q(is_active=False, off_reason="")),
        taken=Count("pk", filter=Q(is_active=False) & ~Q(off_reason="")),
    )
    return Holdings(
        offered=offers.filter(gone_at=None).count(),
        gone=offers.filter(gone_at__isnull=False).count(),
        unsold=unsold(provider_id).count(),
        on_sale=ours["on"],
        off_sale=ours["off"],
        taken_off=ours["taken"],
    )
