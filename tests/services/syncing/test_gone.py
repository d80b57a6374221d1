"""What a provider no longer offers: off sale, or on with the next provider; and back again."""

from __future__ import annotations

import pytest

from accounts.models import ActLog
from services.models import ProviderService, Service
from services.syncing import applying
from tests import factories
from tests.services.syncing.upstream import AT, Upstream, item

Off = Service.OffReason
OTHERS = [item(number) for number in range(2, 12)]


@pytest.fixture
def held(upstream: Upstream) -> Upstream:
    """Eleven services of a provider, the first of which is sold."""
    upstream.take_over(item(1), *OTHERS)
    return upstream


@pytest.fixture
def sold(held: Upstream) -> Service:
    return factories.service(provider_service=held.offer(1), can_refill=True, can_cancel=True)


def change(held: Upstream, **changes: object) -> applying.Applied:
    """The first service's line changes, and everything that differs is applied."""
    return held.apply(held.says(item(1, **changes), *OTHERS).read())


def let_go(held: Upstream) -> applying.Applied:
    """The first service is missing twice."""
    held.says(*OTHERS).read()
    return held.apply(held.read())


def test_what_is_gone_is_off_sale_and_back_when_it_is(held: Upstream, sold: Service) -> None:
    assert let_go(held).taken_off == 1
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (False, Off.GONE)
    assert held.offer(1).gone_at == held.at
    assert change(held, min=20).put_back == 1
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason, sold.min_quantity) == (True, "", 20)
    assert (held.offer(1).gone_at, held.offer(1).missed_lists) == (None, 0)


def test_what_came_back_as_another_type_stays_off_sale(held: Upstream, sold: Service) -> None:
    let_go(held)
    change(held, type="Poll")
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (False, Off.CHANGED)


def test_what_a_person_took_off_sale_stays_off(held: Upstream, sold: Service) -> None:
    Service.objects.update(is_active=False)
    let_go(held)
    change(held)
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (False, "")


def alternative(sold: Service, position: int = 1, **fields: object) -> ProviderService:
    offer = factories.offer(can_refill=True, can_cancel=True, **fields)
    sold.alternatives.create(provider_service=offer, position=position)
    return offer


def test_the_next_provider_goes_on_with_what_is_gone(held: Upstream, sold: Service) -> None:
    chosen = alternative(sold, min_quantity=30, max_quantity=900)
    done = let_go(held)
    sold.refresh_from_db()
    assert (done.moved, done.taken_off) == (1, 0)
    assert (sold.is_active, sold.provider_service) == (True, chosen)
    assert (sold.min_quantity, sold.max_quantity) == (30, 900)
    entry = ActLog.objects.filter(act="apply price list").latest("pk")
    assert entry.changes["moved_to"] == [1, [[sold.pk, chosen.pk]]]


@pytest.mark.parametrize(
    "unfit",
    [
        {"gone_at": AT},
        {"cost_micros": 2_000_000},
        {"raw_type": "Poll"},
        {"min_quantity": 20_000, "max_quantity": 30_000},
    ],
)
def test_an_alternative_that_cannot_keep_it_is_passed_over(
    held: Upstream, sold: Service, unfit: dict[str, object]
) -> None:
    Service.objects.update(below_cost=Service.BelowCost.REFUSE)
    alternative(sold, 1, **unfit)
    let_go(held)
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (False, Off.GONE)


def test_an_alternative_that_promises_less_is_passed_over(held: Upstream, sold: Service) -> None:
    alternative(sold, 1)
    ProviderService.objects.exclude(provider=held.provider).update(can_refill=False)
    second = alternative(sold, 2)
    let_go(held)
    sold.refresh_from_db()
    assert sold.provider_service == second
