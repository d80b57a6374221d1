"""A reading writes down what differs from what is held, and changes nothing that is sold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.models import ProviderService, Sync, SyncLine
from services.providers.offers import Offer
from services.syncing import comparing, reading
from tests import factories
from tests.services.syncing.upstream import AT, DAY, Upstream, item, kinds, line_of

Kind, State = SyncLine.Kind, Sync.State


def test_all_of_a_first_list_is_new_and_waits_for_a_person(upstream: Upstream) -> None:
    sync = upstream.says(item(1, name="⚡ Likes  | FAST ⚡", desc="Slow start"), item(2)).read()
    assert (sync.state, sync.offered, sync.warning) == (Sync.State.OPEN, 2, "first_list")
    assert not ProviderService.objects.filter(provider=upstream.provider).exists()
    first = sync.lines.order_by("pk")[0]
    assert first.kind == Kind.NEW
    assert first.after["name"] == "Likes | FAST"
    assert first.after["raw_name"] == "⚡ Likes  | FAST ⚡"
    assert first.after["description"] == "Slow start"
    assert first.after["cost_micros"] == 500_000


def test_a_list_that_differs_in_nothing_is_done_with(upstream: Upstream) -> None:
    upstream.take_over(item(1), item(2))
    sync = upstream.read()
    assert (sync.state, sync.lines.count()) == (Sync.State.APPLIED, 0)
    upstream.provider.refresh_from_db()
    assert upstream.provider.synced_at == upstream.at


@pytest.mark.parametrize(
    ("change", "kind", "before", "after"),
    [
        ({"rate": "0.6"}, Kind.COST_UP, {"cost_micros": 500_000}, {"cost_micros": 600_000}),
        ({"rate": "0.4"}, Kind.COST_DOWN, {"cost_micros": 500_000}, {"cost_micros": 400_000}),
        ({"max": 99}, Kind.LIMITS, {"max_quantity": 10_000}, {"max_quantity": 99}),
        ({"refill": 0}, Kind.FLAGS, {"can_refill": True}, {"can_refill": False}),
        ({"type": "Poll"}, Kind.TYPE, {"raw_type": "Default"}, {"raw_type": "Poll"}),
        ({"type": "default"}, Kind.NAME, {"raw_type": "Default"}, {"raw_type": "default"}),
        ({"category": "B"}, Kind.NAME, {"raw_category": "Platform A"}, {"raw_category": "B"}),
        ({"desc": "New"}, Kind.NAME, {"description": ""}, {"description": "New"}),
    ],
)
def test_what_differs_is_one_line(
    upstream: Upstream,
    change: dict[str, object],
    kind: str,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    upstream.take_over(item(1), item(2))
    sync = upstream.says(item(1, **change), item(2)).read()
    line = sync.lines.get()
    assert (line.kind, line.before, line.after) == (kind, before, after)
    assert line.offer == upstream.offer(1)


def test_each_kind_of_difference_can_be_ticked_by_itself(upstream: Upstream) -> None:
    upstream.take_over(item(1))
    sync = upstream.says(item(1, rate="0.6", min=20, cancel=False, name="Other")).read()
    assert set(kinds(sync)) == {Kind.COST_UP, Kind.LIMITS, Kind.FLAGS, Kind.NAME}


def test_a_cost_is_rounded_up_and_a_minimum_of_none_is_one(upstream: Upstream) -> None:
    after = upstream.says(item(1, rate="0.0000001", min=0, max=10**12)).read().lines.get().after
    assert (after["cost_micros"], after["min_quantity"]) == (1, 1)
    assert after["max_quantity"] == 2**31 - 1


def test_what_is_missing_once_is_noted_and_twice_in_a_row_gone(upstream: Upstream) -> None:
    numbers = range(1, 11)
    upstream.take_over(*map(item, numbers))
    upstream.says(*(item(number) for number in numbers if number != 4))
    first, offer = upstream.read(), upstream.offer(4)
    assert (first.state, first.missing, offer.missed_lists) == (Sync.State.APPLIED, 1, 1)
    second = upstream.read()
    assert kinds(second) == {Kind.GONE: ""}
    assert upstream.offer(4).gone_at is None


def test_two_lists_within_hours_are_one_sight_of_what_is_missing(upstream: Upstream) -> None:
    numbers = range(1, 11)
    upstream.take_over(*map(item, numbers))
    upstream.says(*map(item, numbers[:-1])).read()
    upstream.at -= DAY - comparing.MISSED_FOR + timedelta(seconds=1)
    assert upstream.read().missing == 1
    upstream.at -= DAY - timedelta(seconds=1)
    assert kinds(upstream.read()) == {Kind.GONE: ""}


def test_what_came_back_is_missing_anew(upstream: Upstream) -> None:
    numbers = range(1, 11)
    upstream.take_over(*map(item, numbers))
    upstream.says(*map(item, numbers[:-1])).read()
    upstream.apply(upstream.read())
    upstream.apply(upstream.says(*map(item, numbers)).read())
    upstream.says(*map(item, numbers[:-1])).read()
    upstream.at -= DAY - timedelta(minutes=1)
    assert upstream.read().missing == 1


def test_what_is_found_again_was_not_gone(upstream: Upstream) -> None:
    upstream.take_over(item(1), item(2))
    upstream.says(item(1)).read()
    upstream.says(item(1), item(2)).read()
    assert upstream.offer(2).missed_lists == 0
    assert upstream.says(item(1)).read().lines.count() == 0


def test_a_line_that_cannot_be_read_is_not_missing(upstream: Upstream) -> None:
    upstream.take_over(item(1), item(2), item(3))
    sync = upstream.says(item(1), item(2), item(3, rate="NaN")).read()
    assert (sync.missing, sync.rejected) == (0, {"bad_rate": 1})
    assert upstream.offer(3).missed_lists == 0


def test_a_provider_has_one_reading_at_a_time(upstream: Upstream) -> None:
    sync = upstream.says(item(1)).read()
    with pytest.raises(reading.AlreadyOpen) as refused:
        upstream.read()
    assert refused.value.sync == sync
    reading.begin(provider_id=factories.provider().pk, actor=None, at=AT)


def test_a_reading_is_done_once(upstream: Upstream) -> None:
    sync = upstream.says(item(1)).read()
    again = reading.read(sync_id=sync.pk, at=AT)
    assert again.read_at == sync.read_at
    assert upstream.server.connections == 1


def test_a_reading_that_was_ended_meanwhile_writes_nothing(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = reading._fetch

    def ask_for_too_long(sync_id: int) -> Offer:
        reading.fail(sync_id=sync_id, code="interrupted", at=AT)
        return ask(sync_id)

    monkeypatch.setattr(reading, "_fetch", ask_for_too_long)
    sync = upstream.says(item(1)).read()
    assert (sync.state, sync.failure, sync.lines.count()) == (State.FAILED, "interrupted", 0)


def test_of_a_hand_made_offer_only_what_contradicts_its_service_is_another_type(
    upstream: Upstream,
) -> None:
    offer = factories.offer(provider=upstream.provider, external_id="1")
    factories.service(provider_service=offer)
    upstream.says(item(1, name=offer.name))
    assert Kind.TYPE not in kinds(upstream.read())
    Sync.objects.all().delete()
    assert kinds(upstream.says(item(1, type="Poll")).read())[Kind.TYPE] == "type_changed"


def test_a_service_that_came_back_brings_all_that_it_is_now(upstream: Upstream) -> None:
    upstream.take_over(item(1), item(2))
    upstream.provider.offers.filter(external_id="1").update(gone_at=AT, missed_lists=2)
    sync = upstream.says(item(1, rate="9", max=50), item(2)).read()
    line = line_of(sync, Kind.BACK)
    assert line.after == {"cost_micros": 9_000_000, "max_quantity": 50}
    assert line.warning == "jump_up"
