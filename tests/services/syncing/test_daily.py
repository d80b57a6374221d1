"""Every day each price list is read by itself; what nothing speaks against is applied."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import Case, User
from services.models import PriceRule, Provider, Service, Sync, SyncLine
from services.syncing import daily, nudging, reading
from tests import factories
from tests.services.providers.raw_server import answer
from tests.services.syncing.upstream import DAY, Item, Upstream, item

HOUR = timedelta(hours=1)
MANY = range(2, 22)


def others() -> list[Item]:
    return [item(number) for number in MANY]


@pytest.fixture
def held(upstream: Upstream) -> Upstream:
    upstream.take_over(item(1), *others())
    return upstream


def day(held: Upstream, after: timedelta = DAY) -> Sync | None:
    """What the worker does when the day is over."""
    held.at += after
    sync = daily.begin_next(at=held.at)
    if sync is None:
        return None
    sync = reading.read(sync_id=sync.pk, at=held.at)
    daily.settle(sync_id=sync.pk, at=held.at)
    sync.refresh_from_db()
    return sync


def case() -> Case | None:
    return Case.objects.filter(kind=Case.Kind.PRICE_LIST, resolved_at=None).first()


def test_small_changes_are_applied_by_themselves(held: Upstream) -> None:
    PriceRule.objects.create(percent_bp=10_000)
    sold = factories.service(provider_service=held.offer(1), priced_by=Service.PricedBy.RULE)
    held.says(item(1, rate="0.55", min=20), *others())
    sync = day(held)
    sold.refresh_from_db()
    assert sync is not None
    assert (sync.state, sync.actor) == (Sync.State.APPLIED, None)
    assert (sold.rate_micros, sold.min_quantity, sold.is_active) == (1_100_000, 20, True)
    assert case() is None


def test_what_has_a_warning_waits_for_a_person_alone(held: Upstream) -> None:
    factories.service(provider_service=held.offer(1))
    held.says(item(1, rate="5", min=20), *others())
    sync = day(held)
    assert sync is not None
    assert sync.state == Sync.State.OPEN
    assert (held.offer(1).cost_micros, held.offer(1).min_quantity) == (500_000, 20)
    raised = case()
    assert raised is not None
    assert raised.key == f"provider:{held.provider.pk}"
    assert "1 differences wait. jump_up 1; on sale although the cost jumped: 1" in raised.detail
    held.apply(sync, lines=[sync.lines.get(kind="cost_up").pk])
    assert case() is None


def test_a_rise_above_the_limit_takes_off_sale_instead_of_selling_at_a_loss(held: Upstream) -> None:
    PriceRule.objects.create(percent_bp=1_000)
    rule = {"priced_by": Service.PricedBy.RULE, "accepted_micros": 500_000}
    sold = factories.service(provider_service=held.offer(1), rate_micros=550_000, **rule)
    held.says(item(1, rate="0.9"), *others())
    day(held)
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (False, Service.OffReason.COST)
    assert held.offer(1).cost_micros == 900_000


@pytest.mark.parametrize("missing", [5, 6])
def test_a_list_that_lost_too_much_applies_nothing_alone(held: Upstream, missing: int) -> None:
    held.says(*others()[missing - 2 :], item(1, rate="0.51"))
    day(held)
    is_doubted = (missing - 2) * 100 > 21 * 20
    assert (held.offer(1).cost_micros == 500_000) is is_doubted
    assert (case() is not None) is is_doubted


def test_a_provider_that_applies_nothing_alone_has_all_of_it_waiting(held: Upstream) -> None:
    Provider.objects.update(applies_alone=False)
    held.says(item(1, rate="0.51"), *others())
    sync = day(held)
    assert sync is not None
    assert (sync.state, held.offer(1).cost_micros) == (Sync.State.OPEN, 500_000)
    assert case() is not None


def test_a_paused_provider_is_read_too_and_one_that_is_not_to_be_is_not(held: Upstream) -> None:
    Provider.objects.update(paused_at=held.at)
    assert day(held) is not None
    Provider.objects.update(is_synced_daily=False)
    assert day(held) is None


def test_a_list_is_read_a_day_later_and_the_oldest_first(held: Upstream) -> None:
    assert day(held, DAY - HOUR) is None
    older = factories.offer(provider=factories.provider(synced_at=held.at - 3 * DAY)).provider
    factories.provider()  # never read, nothing held: for people
    begun = daily.begin_next(at=held.at + HOUR)
    assert begun is not None
    assert begun.provider == older
    assert daily.begin_next(at=held.at + HOUR) is None


def test_todays_list_takes_the_place_of_yesterdays(held: Upstream) -> None:
    held.says(item(1, rate="5"), *others())
    first, second = day(held), day(held)
    assert first is not None
    assert second is not None
    first.refresh_from_db()
    assert (first.state, second.state) == (Sync.State.DISCARDED, Sync.State.OPEN)
    assert case() is not None


def test_a_reading_that_a_person_began_is_left_alone_and_asked_about(
    held: Upstream, alice: User
) -> None:
    mine = held.says(item(1, rate="5"), *others()).read(alice)
    assert day(held) is None
    mine.refresh_from_db()
    assert mine.state == Sync.State.OPEN
    assert case() is not None


def test_a_list_that_fails_is_read_an_hour_later_five_times_and_then_tomorrow(
    held: Upstream,
) -> None:
    held.sends(answer(b"[]"))
    assert day(held) is not None
    tries = [day(held, HOUR) is not None for _hour in range(6)]
    assert tries == [True] * 4 + [False] * 2
    assert day(held) is not None


def test_failures_are_told_from_the_third_on_until_it_is_read_again(held: Upstream) -> None:
    held.sends(answer(b"[]"))
    day(held)
    day(held, HOUR)
    assert case() is None
    day(held, HOUR)
    raised = case()
    assert raised is not None
    assert "3 times in a row: empty_list" in raised.detail
    held.says(item(1), *others())
    day(held, HOUR)
    assert case() is None


def test_a_reading_whose_worker_died_has_failed_and_changed_nothing(held: Upstream) -> None:
    sync = reading.begin(provider_id=held.provider.pk, actor=None, at=held.at)
    Sync.objects.filter(pk=sync.pk).update(taken_at=held.at)
    daily.sweep(at=held.at + daily.LONGEST_READING - timedelta(seconds=1))
    sync.refresh_from_db()
    assert sync.state == Sync.State.READING
    daily.sweep(at=held.at + daily.LONGEST_READING)
    sync.refresh_from_db()
    assert (sync.state, sync.failure) == (Sync.State.FAILED, "interrupted")
    assert day(held) is not None


def test_a_reading_that_nobody_took_up_is_sent_again(
    held: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(daily, "nudge", lambda *, sync_id: sent.append(sync_id))
    sync = reading.begin(provider_id=held.provider.pk, actor=None, at=held.at)
    daily.sweep(at=held.at + timedelta(seconds=5))
    assert sent == []
    daily.sweep(at=held.at + daily.NUDGED_AGAIN_AFTER)
    assert sent == [sync.pk]
    assert daily.NUDGED_AGAIN_AFTER.seconds <= nudging.NUDGE_SECONDS


def test_what_was_read_but_not_settled_is_settled_by_the_sweep(held: Upstream) -> None:
    held.says(item(1, rate="0.51", type="Poll"), *others()).read()
    daily.sweep(at=held.at)
    assert held.offer(1).cost_micros == 510_000
    raised = case()
    assert raised is not None
    Case.objects.update(resolved_at=held.at)
    daily.sweep(at=held.at)
    assert case() is None, "whoever closed the case is not asked again about the same list"


def test_lines_of_old_readings_are_forgotten_and_the_readings_kept(held: Upstream) -> None:
    recent = held.says(item(1, rate="0.51"), *others()).read()
    old_enough: datetime = held.at + daily.KEPT
    assert daily.forget_lines(at=old_enough) == 21
    assert Sync.objects.count() == 2
    assert list(SyncLine.objects.values_list("sync", flat=True)) == [recent.pk]
