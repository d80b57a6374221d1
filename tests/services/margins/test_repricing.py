from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.margins import arithmetic, rules
from services.margins.repricing import Repriced, reprice
from services.models import PriceRule, Provider, Service
from tests.factories import MICROS, offer, provider, service
from wallet.models import DisplayRate

CENT = MICROS // 100
BY_RULE = Service.PricedBy.RULE


def by_rule(cost_micros: int = MICROS, **fields: object) -> Service:
    """A service priced by rules, at a cost of a dollar unless another is given."""
    of: Provider = fields.pop("provider", None) or provider()  # type: ignore[assignment]
    offered = offer(cost_micros=cost_micros, provider=of)
    return service(provider_service=offered, priced_by=BY_RULE, below_cost="refuse", **fields)


def rule(percent_bp: int = 5000, **fields: object) -> PriceRule:
    return PriceRule.objects.create(percent_bp=percent_bp, **fields)


@given(
    cost=st.integers(0, 10**15),
    percent_bp=st.integers(-9000, 1_000_000),
    fixed=st.integers(0, 10**12),
    step=st.integers(1, 10**9),
)
def test_a_price_covers_its_cost_and_is_the_next_step_up(
    cost: int, percent_bp: int, fixed: int, step: int
) -> None:
    price = arithmetic.with_margin(
        cost, percent_bp=percent_bp, fixed_micros=fixed, step_micros=step
    )
    assert price >= cost
    assert price > 0
    assert price % step == 0
    # One step less would be less than what the rule asks for, or less than the cost.
    exact = max(cost * (10_000 + percent_bp) + fixed * 10_000, cost * 10_000)
    assert price == step or (price - step) * 10_000 < exact


@given(cost=st.integers(0, 10**15), per_dollar=st.integers(1, 10**12))
def test_a_cost_in_dollars_is_never_made_smaller(cost: int, per_dollar: int) -> None:
    floor = arithmetic.floor_of(cost, per_dollar)
    assert floor is None or (floor - 1) * per_dollar < cost * MICROS <= floor * per_dollar


@given(old=st.integers(0, 10**15), new=st.integers(0, 10**15), limit=st.integers(0, 10**6))
def test_a_rise_is_measured_exactly(old: int, new: int, limit: int) -> None:
    assert arithmetic.rises_beyond(old, new, limit) == ((new - old) * 10_000 > old * limit)


@pytest.mark.django_db
class TestRules:
    def test_the_most_specific_rule_makes_the_price(self, now: datetime) -> None:
        sold = by_rule()
        assert sold.provider_service is not None
        scopes: list[dict[str, object]] = [
            {},
            {"provider": sold.provider_service.provider},
            {"platform": sold.category.platform},
            {"category": sold.category},
            {"service": sold},
        ]
        for number, scope in enumerate(scopes, start=1):
            rule(number * 1000, **scope)
            reprice(service_ids=[sold.pk], at=now)
            sold.refresh_from_db()
            assert sold.rate_micros == MICROS + number * MICROS // 10

    def test_rules_of_others_do_not_hold(self, now: datetime) -> None:
        sold, other = by_rule(), by_rule()
        rule(9000, service=other)
        rule(9000, provider=provider())
        assert reprice(service_ids=[sold.pk], at=now) == Repriced(services=1, without_rule=1)
        sold.refresh_from_db()
        assert (sold.rate_micros, sold.floor_micros) == (MICROS, MICROS)

    def test_percent_fixed_part_and_step_make_the_price(self, now: datetime) -> None:
        sold = by_rule(cost_micros=1_234_567)
        rule(2500, fixed_micros=10 * CENT, step_micros=5 * CENT)
        reprice(service_ids=[sold.pk], at=now)
        sold.refresh_from_db()
        assert sold.rate_micros == 1_650_000  # 1.54320875 + 0.10, up to the next five cents

    def test_a_price_by_hand_and_a_free_service_keep_theirs(self, now: datetime) -> None:
        rule()
        by_hand = service(rate_micros=7)
        free = by_rule(is_free=True, rate_micros=0)
        found = reprice(service_ids=[by_hand.pk, free.pk], at=now)
        assert found == Repriced(services=2)
        rows = Service.objects.values_list("rate_micros", "floor_micros").order_by("pk")
        assert list(rows) == [(7, MICROS // 2), (0, MICROS)]

    def test_the_book_can_be_asked_before_a_rule_is_kept(self) -> None:
        wide = rule()
        book = rules.load()
        narrow = PriceRule(percent_bp=1, service_id=5)
        assert book.replaced(narrow).rules[rules.Scope.SERVICE, 5] is narrow
        assert book.without(wide).rules == {}


@pytest.mark.django_db
class TestCurrencies:
    def test_the_rate_in_force_makes_the_cost_in_dollars(self, now: datetime) -> None:
        for days, per_dollar in ((2, 500_000), (1, 800_000), (-1, 100_000)):
            since = now - timedelta(days=days)
            DisplayRate.objects.create(
                currency="eur", per_dollar_micros=per_dollar, since=since, is_kept=True
            )
        sold = by_rule(provider=provider(currency="EUR"))
        rule(0)
        reprice(service_ids=[sold.pk], at=now)
        sold.refresh_from_db()
        assert (sold.floor_micros, sold.rate_micros) == (1_250_000, 1_250_000)

    def test_without_a_rate_the_price_stays_and_the_cost_is_unknown(self, now: datetime) -> None:
        rule()
        sold = by_rule(provider=provider(currency="EUR"), floor_micros=5, rate_micros=3)
        assert reprice(service_ids=[sold.pk], at=now).without_rate == 1
        sold.refresh_from_db()
        assert (sold.floor_micros, sold.rate_micros) == (None, 3)


@pytest.mark.django_db
def test_prices_that_are_right_are_not_written_again(
    now: datetime, django_assert_num_queries: object
) -> None:
    sold = by_rule()
    rule()
    assert reprice(service_ids=[sold.pk], at=now).changed == 1
    before = Service.objects.get(pk=sold.pk).revision
    assert reprice(service_ids=[sold.pk], at=now).changed == 0
    assert Service.objects.get(pk=sold.pk).revision == before
