"""What is ticked becomes true in one transaction; our services never promise more than before."""

from __future__ import annotations

import random

import pytest

from accounts.models import ActLog, Case, User
from services.margins import rises
from services.models import CostChange, PriceRule, ProviderService, Service, Sync, SyncLine
from services.syncing import applying
from services.types import ServiceType
from tests import factories
from tests.services.syncing.upstream import AT, Item, Upstream, item

Kind, State, Off = SyncLine.Kind, SyncLine.State, Service.OffReason
MANY = range(2, 12)


def others() -> list[Item]:
    return [item(number) for number in MANY]


@pytest.fixture
def held(upstream: Upstream) -> Upstream:
    """Eleven services of a provider, the first of which is sold."""
    upstream.take_over(item(1), *others())
    return upstream


@pytest.fixture
def sold(held: Upstream) -> Service:
    return factories.service(provider_service=held.offer(1), can_refill=True, can_cancel=True)


def change(held: Upstream, **changes: object) -> applying.Applied:
    """The first service's line changes, and everything that differs is applied."""
    return held.apply(held.says(item(1, **changes), *others()).read())


def alone(held: Upstream, **changes: object) -> None:
    """The same, by the panel itself: what nothing speaks against."""
    sync = held.says(item(1, **changes), *others()).read()
    applying.apply_unwarned(sync_id=sync.pk, at=held.at)


def test_new_services_are_held_and_sold_by_nobody(upstream: Upstream) -> None:
    done = upstream.apply(upstream.says(item(1), item(2, name="★ Two ★", min=7)).read())
    assert done.lines == 2
    offer = upstream.offer(2)
    assert (offer.name, offer.raw_name, offer.min_quantity) == ("Two", "★ Two ★", 7)
    assert (offer.cost_micros, offer.can_refill, offer.can_drip_feed) == (500_000, True, False)
    assert not Service.objects.exists()


def test_only_what_is_ticked_is_applied_and_the_reading_closed(held: Upstream, alice: User) -> None:
    sync = held.says(item(1, rate="0.6", min=20), *others()).read(alice)
    cost = sync.lines.get(kind=Kind.COST_UP)
    held.apply(sync, lines=[cost.pk], actor=alice)
    offer, sync = held.offer(1), Sync.objects.get(pk=sync.pk)
    assert (offer.cost_micros, offer.min_quantity) == (600_000, 10)
    assert (sync.state, sync.closed_at) == (Sync.State.APPLIED, held.at)
    states = dict(sync.lines.values_list("kind", "state"))
    assert states == {Kind.COST_UP: State.APPLIED, Kind.LIMITS: State.SKIPPED}


def test_lines_of_another_reading_are_not_applied(held: Upstream, upstream: Upstream) -> None:
    sync = held.says(item(1, rate="0.6"), *others()).read()
    stranger = SyncLine.objects.create(
        sync=Sync.objects.filter(state=Sync.State.APPLIED).latest("pk"),
        kind=Kind.COST_UP,
        external_id="1",
        offer=held.offer(1),
        after={"cost_micros": 1},
    )
    assert held.apply(sync, lines=[stranger.pk]).lines == 0
    assert held.offer(1).cost_micros == 500_000


def test_one_entry_in_the_log_tells_what_became_of_it(
    held: Upstream, sold: Service, alice: User
) -> None:
    held.apply(held.says(item(1, min=20, rate="0.6"), *others()).read(), actor=alice)
    entry = ActLog.objects.filter(act="apply price list").latest("pk")
    assert entry.actor == alice
    assert entry.changes["limits"] == entry.changes["cost_up"] == 1
    assert entry.changes["limits_of"] == [1, [sold.pk]]


def test_a_cost_has_its_history(held: Upstream) -> None:
    change(held, rate="0.6")
    history = CostChange.objects.get(offer=held.offer(1))
    assert (history.old_micros, history.new_micros) == (500_000, 600_000)


def test_pressing_twice_changes_nothing_more(held: Upstream) -> None:
    sync = held.says(item(1, rate="0.6"), *others()).read()
    first = held.apply(sync)
    ProviderService.objects.update(cost_micros=1)
    assert held.apply(sync).lines == first.lines == 1
    assert held.offer(1).cost_micros == 1
    with pytest.raises(applying.NotOpen):
        applying.discard(sync_id=sync.pk, actor=None, ip=None, at=AT)


def test_what_was_discarded_is_not_applied(held: Upstream, alice: User) -> None:
    sync = held.says(item(1, rate="0.6"), *others()).read()
    for _press in range(2):
        applying.discard(sync_id=sync.pk, actor=alice, ip=None, at=AT)
    with pytest.raises(applying.NotOpen):
        held.apply(sync)
    assert held.offer(1).cost_micros == 500_000
    assert ActLog.objects.filter(act="discard price list").count() == 1


def test_who_changed_the_row_by_hand_since_the_reading_has_the_last_word(held: Upstream) -> None:
    sync = held.says(item(1, rate="0.6", min=20), *others()).read()
    ProviderService.objects.filter(external_id="1").update(cost_micros=550_000)
    done = held.apply(sync)
    assert (done.lines, done.stale) == (1, 1)
    assert (held.offer(1).cost_micros, held.offer(1).min_quantity) == (550_000, 20)


@pytest.mark.parametrize(
    ("ours", "theirs", "then"),
    [
        ((10, 10_000), (20, 9_000), (20, 9_000)),
        ((10, 10_000), (5, 20_000), (5, 20_000)),
        ((50, 500), (5, 20_000), (50, 500)),
        ((50, 500), (60, 400), (60, 400)),
        ((50, 10_000), (5, 20_000), (50, 20_000)),
    ],
)
def test_limits_that_are_the_providers_follow_and_narrower_ones_stay(
    held: Upstream, ours: tuple[int, int], theirs: tuple[int, int], then: tuple[int, int]
) -> None:
    sold = factories.service(
        provider_service=held.offer(1), min_quantity=ours[0], max_quantity=ours[1]
    )
    change(held, min=theirs[0], max=theirs[1])
    sold.refresh_from_db()
    assert (sold.min_quantity, sold.max_quantity, sold.is_active) == (*then, True)


def test_a_service_that_no_quantity_is_left_of_goes_off_sale_until_it_fits(held: Upstream) -> None:
    sold = factories.service(provider_service=held.offer(1), min_quantity=50, max_quantity=500)
    assert change(held, min=1000).taken_off == 1
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (False, Off.CHANGED)
    assert change(held, min=10).put_back == 1
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (True, "")


def test_a_flag_that_falls_falls_with_us_and_one_that_rises_is_for_people(
    held: Upstream, sold: Service
) -> None:
    change(held, refill=False)
    change(held, refill=True, dripfeed=True)
    sold.refresh_from_db()
    assert (sold.can_refill, sold.can_cancel, sold.can_drip_feed) == (False, True, False)
    assert held.offer(1).can_refill


@pytest.mark.parametrize(("run_by", "can"), [("panel", True), ("provider", False)])
def test_drip_feed_that_the_panel_runs_needs_no_provider(
    held: Upstream, run_by: str, can: bool
) -> None:
    sold = factories.service(
        provider_service=held.offer(1), can_drip_feed=True, drip_feed_by=run_by
    )
    change(held, cancel=False)
    sold.refresh_from_db()
    assert sold.can_drip_feed is can


def test_another_type_takes_it_off_sale_until_it_is_the_old_one(
    held: Upstream, sold: Service
) -> None:
    change(held, type="Poll")
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason, sold.type) == (False, Off.CHANGED, ServiceType.DEFAULT)
    change(held, type="Default")
    sold.refresh_from_db()
    assert sold.is_active


@pytest.mark.parametrize("change_", [{"type": "Poll"}, {"min": 1000}])
def test_what_was_off_for_its_cost_and_changed_is_not_put_back_when_the_cost_falls(
    held: Upstream, change_: dict[str, object]
) -> None:
    """It comes back with its old kind and limits, at the price of its cost on that day."""
    PriceRule.objects.create(percent_bp=5000)
    fields = {"max_quantity": 500, "priced_by": "rule", "below_cost": "refuse"}
    sold = factories.service(provider_service=held.offer(1), **fields)
    dear = {"rate": "1.00"}
    rises.accept_costs(offer_ids=[held.offer(1).pk], actor=None, at=AT)
    alone(held, **dear)
    assert Case.objects.open().get().kind == Case.Kind.COST_ROSE
    change(held, **dear, **change_)
    assert not Case.objects.open().exists()
    alone(held, rate="0.50", **change_)
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (False, Off.CHANGED)
    change(held, rate="0.50")
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (True, "")


def test_what_fits_again_but_costs_more_than_its_price_covers_stays_off_sale(
    held: Upstream,
) -> None:
    fields = {"rate_micros": 600_000, "below_cost": "refuse"}
    sold = factories.service(provider_service=held.offer(1), **fields)
    change(held, type="Poll")
    change(held, type="Poll", rate="1.00")
    change(held, rate="1.00")
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (False, Off.COST)


def test_a_name_changes_what_we_hold_and_never_what_customers_read(
    held: Upstream, sold: Service
) -> None:
    name = sold.name
    change(held, name="Brand new")
    sold.refresh_from_db()
    assert (held.offer(1).name, sold.name) == ("Brand new", name)


def test_the_case_of_a_list_is_closed_with_it(held: Upstream, alice: User) -> None:
    sync = held.says(item(1, rate="9"), *others()).read()
    case = Case.objects.create(kind=Case.Kind.PRICE_LIST, key=f"provider:{held.provider.pk}")
    held.apply(sync, actor=alice)
    case.refresh_from_db()
    assert case.resolved_at == held.at


@pytest.mark.parametrize("seed", range(3))
def test_a_list_that_was_applied_whole_differs_in_nothing_afterwards(
    upstream: Upstream, seed: int
) -> None:
    chance = random.Random(seed)
    upstream.take_over(*some_list(chance))
    for offer in upstream.provider.offers.all():
        factories.service(provider_service=offer)
    new = some_list(chance)
    for _list in range(2):
        upstream.apply(upstream.says(*new).read())
    again = upstream.read()
    assert (again.state, again.lines.count()) == (Sync.State.APPLIED, 0)
    offers = upstream.provider.offers
    assert offers.filter(gone_at=None).count() == len(new)
    assert not Service.objects.filter(is_active=True, provider_service__gone_at__gt=AT).exists()


def some_list(chance: random.Random) -> list[Item]:
    return [
        item(
            number,
            rate=f"{chance.randrange(1, 900) / 100}",
            min=chance.randrange(1, 50),
            max=chance.randrange(50, 20_000),
            refill=chance.random() < 0.5,
            type=chance.choice(["Default", "Poll", "Package", "Teleport"]),
            name=chance.choice(["Views", "★ Views", "<b>Views</b>", "🔥"]),
        )
        for number in chance.sample(range(1, 40), 25)
    ]
