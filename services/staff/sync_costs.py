"""What a provider's service cost when, and which reading of a price list brought it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.margins.arithmetic import change_bp
from services.models import CostChange, ProviderService, SyncLine

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Cost:
    """Micros per 1000 in the provider's currency; `sync_id` is None where somebody typed it."""

    at: datetime
    old_micros: int
    new_micros: int
    sync_id: int | None

    @property
    def percent_bp(self) -> int | None:
        return change_bp(self.old_micros, self.new_micros) if self.old_micros else None


def costs_of(offer: ProviderService) -> list[Cost]:
    """The newest first. A change belongs to the last reading with just this difference that was
    begun before it."""
    changes = CostChange.objects.filter(offer=offer).order_by("-at", "-pk")[:_SHOWN]
    applied = offer.sync_lines.filter(state=SyncLine.State.APPLIED, after__has_key="cost_micros")
    lines = list(applied.select_related("sync").order_by("-pk")[:_SHOWN])
    return [
        Cost(one.at, one.old_micros, one.new_micros, _brought_by(one, lines)) for one in changes
    ]


def _brought_by(change: CostChange, lines: list[SyncLine]) -> int | None:
    difference = (change.old_micros, change.new_micros)
    for line in lines:
        is_this = (line.before.get("cost_micros"), line.after["cost_micros"]) == difference
        if is_this and line.sync.began_at <= change.at:
            return line.sync_id
    return None
