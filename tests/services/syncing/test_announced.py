"""A cost that a price list names is guarded against before anybody has looked at it (OP-07)."""

from __future__ import annotations

import pytest

from accounts.models import User
from services import costs
from services.models import Service
from services.syncing import applying
from tests import factories
from tests.services.syncing.upstream import AT, Upstream, item


@pytest.fixture
def sold(upstream: Upstream) -> Service:
    """1.00 per 1000, of what costs 0.50."""
    upstream.take_over(item(1))
    return factories.service(
        provider_service=upstream.offer(1), rate_micros=1_000_000, below_cost="refuse"
    )


def is_covered(sold: Service) -> bool:
    return costs.loss_on(Service.objects.get(pk=sold.pk)) is None


def test_a_jump_stops_orders_until_somebody_has_looked(upstream: Upstream, sold: Service) -> None:
    sync = upstream.says(item(1, rate="5")).read()
    assert sync.lines.get().warning == "jump_up"
    assert upstream.offer(1).cost_micros == 500_000
    assert not is_covered(sold)
    applying.discard(sync_id=sync.pk, actor=None, ip=None, at=AT)
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
