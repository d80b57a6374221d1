"""A provider behind real HTTP whose price list a test writes, and reading it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from accounts.models import User
from services.models import Provider, ProviderService, Sync, SyncLine
from services.syncing import applying, reading
from services.syncing.applying import Applied
from tests.services.providers.raw_server import RawServer, answer, saying

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
Item = dict[str, object]


def item(number: int, **changes: object) -> Item:
    """A line of a list at 0.50 per 1000, 10 to 10,000, that can be refilled and cancelled."""
    line: Item = {"service": number, "name": f"Views {number}", "category": "Platform A"}
    line |= {"type": "Default", "rate": "0.50", "min": 10, "max": 10_000}
    return line | {"refill": True, "cancel": True, "dripfeed": False} | changes


class Upstream:
    """`says` is its next answer; `read` asks for it as a worker does."""

    def __init__(self, server: RawServer, provider: Provider) -> None:
        self.server = server
        self.provider = provider
        self.at = AT

    def says(self, *items: Item | object) -> Upstream:
        return self.sends(answer(json.dumps(list(items)).encode()))

    def sends(self, data: bytes) -> Upstream:
        self.server.script = saying(data)
        return self

    def read(self, actor: User | None = None) -> Sync:
        self.at += DAY
        sync = reading.begin(provider_id=self.provider.pk, actor=actor, at=self.at)
        return reading.read(sync_id=sync.pk, at=self.at)

    def take_over(self, *items: Item) -> None:
        """All of a list becomes what we hold."""
        self.apply(self.says(*items).read())

    def apply(
        self, sync: Sync, *, actor: User | None = None, lines: list[int] | None = None
    ) -> Applied:
        numbers = [line.pk for line in sync.lines.all()] if lines is None else lines
        return applying.apply(sync_id=sync.pk, line_ids=numbers, actor=actor, ip=None, at=self.at)

    def offer(self, number: int) -> ProviderService:
        return ProviderService.objects.get(provider=self.provider, external_id=str(number))


def kinds(sync: Sync) -> dict[str, str]:
    """The kinds of the differences and their warnings."""
    return {line.kind: line.warning for line in sync.lines.all()}


def line_of(sync: Sync, kind: SyncLine.Kind) -> SyncLine:
    return sync.lines.get(kind=kind)
