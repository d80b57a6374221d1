"""A cost that a price list names is guarded against before anybody has looked at it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Case, User
from services import costs
from services.margins import rises, sweeping
from services.models import PriceRule, ProviderService, Service, Sync
from services.syncing import applying, daily, reading
from tests import factories
from tests.services.providers.raw_server import answer
from tests.services.syncing.upstream import AT, DAY, Upstream, item

Off = Service.OffReason
Decision = Callable[[Upstream, Sync, User], object]


@pytest.fixture
def sold(upstream: Upstream) -> Service:
    """1.00 per 1000, of what costs 0.50."""
    upstream.take_over(item(1))
    return factories.service(
        provider_service=upstream.offer(1), rate_micros=1_000_000, below_cost="refuse"
    )


def is_covered(sold: Service) -> bool:
    return costs.loss_on(Service.objects.get(pk=sold.pk)) is None


def test_a_jump_stops_orders_until_somebody_has_looked(
    upstream: Upstream, sold: Service, alice: User
) -> None:
    sync = upstream.says(item(1, rate="5")).read()
    assert sync.lines.get().warning == "jump_up"
    assert upstream.offer(1).cost_micros == 500_000
    assert not is_covered(sold)
    applying.discard(sync_id=sync.pk, actor=alice, ip=None, at=AT)
    assert is_covered(sold)


def test_what_is_left_unticked_is_still_guarded_against(
    upstream: Upstream, sold: Service, alice: User
) -> None:
    sync = upstream.says(item(1, rate="5")).read()
    applying.apply(sync_id=sync.pk, line_ids=[], actor=alice, ip=None, at=AT)
    assert not is_covered(sold)


def test_a_list_that_takes_it_back_lets_orders_go_on(upstream: Upstream, sold: Service) -> None:
    sync = upstream.says(item(1, rate="5")).read()
    applying.apply(sync_id=sync.pk, line_ids=[], actor=None, ip=None, at=AT)
    upstream.says(item(1)).read()
    assert is_covered(sold)


def test_a_list_that_gives_way_to_one_that_fails_leaves_the_guard(
    upstream: Upstream, sold: Service
) -> None:
    daily.settle(sync_id=upstream.says(item(1, rate="5")).read().pk, at=upstream.at)
    upstream.sends(answer(b"<html>Maintenance"))
    upstream.at += DAY
    following = daily.begin_next(at=upstream.at)
    assert following is not None
    assert not is_covered(sold)
    assert reading.read(sync_id=following.pk, at=upstream.at).state == Sync.State.FAILED
    assert not is_covered(sold)


def test_a_list_that_does_not_name_the_cost_leaves_the_guard(
    upstream: Upstream, sold: Service
) -> None:
    upstream.apply(upstream.says(item(1, rate="5"), item(2)).read(), lines=[])
    upstream.apply(upstream.says(item(1, rate="no number"), item(2)).read(), lines=[])
    assert not is_covered(sold)


def test_a_cost_that_is_typed_is_the_last_word(upstream: Upstream, sold: Service) -> None:
    upstream.says(item(1, rate="5")).read()
    ProviderService.objects.update(name="Typed over")
    assert not is_covered(sold)
    ProviderService.objects.update(cost_micros=300_000)
    assert upstream.offer(1).announced_cost_micros is None
    assert is_covered(sold)
    rises.accept_costs(offer_ids=[upstream.offer(1).pk], actor=None, at=AT)
    sold.refresh_from_db()
    assert sold.is_active


@pytest.fixture
def ruled(upstream: Upstream, sold: Service) -> Service:
    """The same, at twice its cost by a rule."""
    PriceRule.objects.create(percent_bp=10_000)
    Service.objects.update(priced_by=Service.PricedBy.RULE, accepted_micros=500_000)
    return sold


def state_of(service: Service) -> tuple[bool, str, int]:
    service.refresh_from_db()
    return service.is_active, service.off_reason, service.rate_micros


def test_a_jump_takes_off_sale_while_it_waits(upstream: Upstream, ruled: Service) -> None:
    sync = upstream.says(item(1, rate="5")).read()
    assert state_of(ruled) == (False, Off.COST, 1_000_000)
    assert Case.objects.open().filter(kind=Case.Kind.COST_ROSE).exists()
    sweeping.sweep(at=upstream.at)
    upstream.apply(sync, lines=[])
    sweeping.sweep(at=upstream.at)
    assert state_of(ruled) == (False, Off.COST, 1_000_000)


def test_what_the_price_covers_stays_on_sale(upstream: Upstream, sold: Service) -> None:
    upstream.says(item(1, rate="0.9")).read()
    assert state_of(sold) == (True, "", 1_000_000)


def test_a_rise_inside_the_limit_changes_no_price_that_covers_it(
    upstream: Upstream, ruled: Service
) -> None:
    upstream.says(item(1, rate="0.6")).read()
    sweeping.sweep(at=upstream.at)
    assert state_of(ruled) == (True, "", 1_000_000)


def test_a_rise_inside_the_limit_is_passed_on_where_the_price_does_not_cover_it(
    upstream: Upstream, ruled: Service
) -> None:
    PriceRule.objects.update(percent_bp=1_000)
    rises.accept_costs(offer_ids=[upstream.offer(1).pk], actor=None, at=AT)
    upstream.says(item(1, rate="0.6")).read()
    for _again in range(2):
        assert state_of(ruled) == (True, "", 660_000)
        sweeping.sweep(at=upstream.at)


def accept(upstream: Upstream, sync: Sync, person: User) -> object:
    return upstream.apply(sync, actor=person)


def discard(upstream: Upstream, sync: Sync, person: User) -> None:
    applying.discard(sync_id=sync.pk, actor=person, ip=None, at=upstream.at)


def take_back(upstream: Upstream, sync: Sync, person: User) -> object:
    upstream.apply(sync, actor=person, lines=[])
    return upstream.says(item(1)).read()


@pytest.mark.parametrize(
    ("decide", "rate_micros"),
    [(accept, 10_000_000), (discard, 1_000_000), (take_back, 1_000_000)],
)
def test_a_decision_puts_back_on_sale_what_the_jump_took_off(
    upstream: Upstream, ruled: Service, alice: User, decide: Decision, rate_micros: int
) -> None:
    sync = upstream.says(item(1, rate="5")).read()
    assert not state_of(ruled)[0]
    decide(upstream, sync, alice)
    assert state_of(ruled) == (True, "", rate_micros)
    assert not Case.objects.open().filter(kind=Case.Kind.COST_ROSE).exists()


def test_what_a_person_took_off_sale_no_decision_puts_back(
    upstream: Upstream, ruled: Service, alice: User
) -> None:
    Service.objects.update(is_active=False)
    sync = upstream.says(item(1, rate="5")).read()
    discard(upstream, sync, alice)
    assert state_of(ruled) == (False, "", 1_000_000)
