"""The worker's edges: what a message or the clock sets off."""

from __future__ import annotations

from services import tasks
from services.models import Provider, Sync
from services.syncing import reading
from smmpanel.beat import NIGHTLY, PERIODS_SECONDS
from tests.services.syncing.upstream import AT, DAY, Upstream, item


def test_a_message_has_a_list_read_and_settled(upstream: Upstream) -> None:
    upstream.take_over(item(1), item(2))
    upstream.says(item(1, rate="0.51"), item(2))
    sync = reading.begin(provider_id=upstream.provider.pk, actor=None, at=AT)
    for _message in range(2):
        tasks.read_price_list(sync.pk)
    sync.refresh_from_db()
    assert (sync.state, upstream.offer(1).cost_micros) == (Sync.State.APPLIED, 510_000)


def test_the_clock_has_old_lists_read_and_old_lines_forgotten(upstream: Upstream) -> None:
    upstream.take_over(item(1), item(2))
    Provider.objects.update(synced_at=AT - DAY)
    tasks.forget_old_differences()
    assert upstream.provider.syncs.get().lines.count() == 0
    tasks.read_next_price_list()
    tasks.sweep_price_lists()
    assert upstream.provider.syncs.get(state=Sync.State.READING).actor is None


def test_the_clock_knows_them() -> None:
    assert {"sweep_price_lists", "read_next_price_list"} <= {
        name.removeprefix("services.tasks.") for name in PERIODS_SECONDS
    }
    assert "services.tasks.forget_old_differences" in NIGHTLY
