from __future__ import annotations

from datetime import datetime

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from services import pricing
from services.margins.explaining import Why, explain
from services.margins.repricing import reprice
from services.margins.rules import Scope
from services.models import (
    CustomPrice,
    GroupDiscount,
    GroupMembership,
    PriceGroup,
    PriceRule,
    Service,
)
from tests.factories import MICROS, provider
from tests.services.margins.test_repricing import by_rule, rule
from wallet.models import DisplayRate

pytestmark = pytest.mark.django_db


def charged(of: Service, customer: User | None) -> int:
    """For a thousand, as an order is quoted."""
    seen = Service.objects.priced_for(customer.pk if customer else None).get(pk=of.pk)
    quote = pricing.quote(service=seen, own_rate_micros=seen.own_rate_micros, quantity=1000)
    return quote.charge_micros


def test_the_chain_has_every_number(alice: User, now: datetime) -> None:
    DisplayRate.objects.create(currency="eur", per_dollar_micros=800_000, since=now)
    sold = by_rule(provider=provider(currency="EUR"))
    wide = rule(0)
    narrow = rule(2500, platform=sold.category.platform, fixed_micros=7, step_micros=1000)
    reprice(service_ids=[sold.pk], at=now)
    group = PriceGroup.objects.create(name="Level A", discount_bp=1000)
    GroupDiscount.objects.create(group=group, category=sold.category, discount_bp=500)
    GroupMembership.objects.create(customer=alice, group=group)

    why = explain(service_id=sold.pk, customer_id=alice.pk, at=now)
    assert why.rate is not None
    assert (why.rate.since, why.floor_micros) == (now, 1_250_000)
    assert [(level.scope, level.rule) for level in why.levels] == [
        (Scope.GLOBAL, wide),
        (Scope.PROVIDER, None),
        (Scope.PLATFORM, narrow),
        (Scope.CATEGORY, None),
        (Scope.SERVICE, None),
    ]
    assert [level.is_winner for level in why.levels] == [False, False, True, False, False]
    assert why.by_rule is not None
    assert (why.by_rule.with_percent_micros, why.by_rule.with_fixed_micros) == (
        1_562_500,
        1_562_507,
    )
    assert why.by_rule.price_micros == why.row.terms.rate_micros == 1_563_000
    assert why.group is not None
    assert (why.group.discount_bp, why.group.price_micros) == (500, 1_484_850)
    assert why.final_micros == 1_484_850 == charged(sold, alice)


def test_the_worked_example_of_the_page_is_true(alice: User, now: datetime) -> None:
    DisplayRate.objects.create(currency="eur", per_dollar_micros=920_000, since=now)
    sold = by_rule(cost_micros=800_000, provider=provider(currency="EUR"))
    rule(4000, category=sold.category, fixed_micros=50_000, step_micros=10_000)
    reprice(service_ids=[sold.pk], at=now)
    silver = PriceGroup.objects.create(name="Silver", discount_bp=500)
    GroupMembership.objects.create(customer=alice, group=silver)
    why = explain(service_id=sold.pk, customer_id=alice.pk, at=now)
    assert (why.floor_micros, why.row.terms.rate_micros) == (869_566, 1_270_000)
    seen = Service.objects.priced_for(alice.pk).get()
    quote = pricing.quote(service=seen, own_rate_micros=seen.own_rate_micros, quantity=2500)
    assert (quote.rate_micros, quote.charge_micros) == (1_206_500, 3_016_250)
    PriceGroup.objects.update(discount_bp=4000)
    assert charged(sold, alice) == 869_566


def test_a_price_of_the_customers_own_ends_the_chain(alice: User, now: datetime) -> None:
    sold = by_rule()
    CustomPrice.objects.create(customer=alice, service=sold, rate_micros=9)
    reprice(service_ids=[sold.pk], at=now)
    why = explain(service_id=sold.pk, customer_id=alice.pk, at=now)
    assert (why.own_micros, why.final_micros, why.is_below_cost) == (9, 9, True)
    assert explain(service_id=sold.pk, customer_id=None, at=now).final_micros == MICROS


def test_a_discount_never_goes_below_the_cost_unless_allowed(alice: User, now: datetime) -> None:
    sold = by_rule()
    rule(1000)
    reprice(service_ids=[sold.pk], at=now)
    group = PriceGroup.objects.create(name="Level A", discount_bp=5000)
    GroupMembership.objects.create(customer=alice, group=group)
    for below_cost, price in (("refuse", MICROS), ("warn", MICROS), ("allow", 550_000)):
        Service.objects.filter(pk=sold.pk).update(below_cost=below_cost)
        why = explain(service_id=sold.pk, customer_id=alice.pk, at=now)
        assert why.group is not None
        assert why.group.is_stopped_by_cost == (price == MICROS)
        assert why.final_micros == price == charged(sold, alice)


_BP = st.integers(0, 9000)
_AMOUNTS = st.integers(1, 10**10)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_what_is_explained_is_what_is_charged(alice: User, data: st.DataObject) -> None:
    now = timezone.now()
    try:
        with transaction.atomic():
            sold = _some_set_up(alice, data)
            reprice(service_ids=[sold.pk], at=now)
            why = explain(service_id=sold.pk, customer_id=alice.pk, at=now)
            assert _by_hand(why) == why.final_micros == charged(sold, alice)
            raise _Undo
    except _Undo:
        pass


class _Undo(Exception):
    pass


def _by_hand(why: Why) -> int:
    """The last number of the chain that is set."""
    group = why.group.price_micros if why.group else None
    found = (why.own_micros, group, why.row.terms.rate_micros)
    return next(price for price in found if price is not None)


def _some_set_up(alice: User, data: st.DataObject) -> Service:
    currency = data.draw(st.sampled_from(["usd", "EUR", "nok"]))
    if currency == "EUR":
        DisplayRate.objects.create(currency="eur", per_dollar_micros=data.draw(_AMOUNTS))
    sold = by_rule(
        cost_micros=data.draw(_AMOUNTS),
        provider=provider(currency=currency),
        rate_micros=data.draw(_AMOUNTS),
    )
    Service.objects.filter(pk=sold.pk).update(
        priced_by=data.draw(st.sampled_from(["hand", "rule"])),
        below_cost=data.draw(st.sampled_from(["refuse", "allow"])),
    )
    category = sold.category
    places: list[dict[str, object]] = [{}, {"platform": category.platform}, {"service": sold}]
    for place in data.draw(st.lists(st.sampled_from([0, 1, 2]), unique=True)):
        PriceRule.objects.create(
            percent_bp=data.draw(st.integers(-9000, 20_000)),
            step_micros=data.draw(st.integers(1, 10**6)),
            **places[place],
        )
    if data.draw(st.booleans()):
        group = PriceGroup.objects.create(name="Level A", discount_bp=data.draw(_BP))
        GroupMembership.objects.create(customer=alice, group=group)
        places = [{"platform": category.platform}, {"category": category}, {"service": sold}]
        for place in data.draw(st.lists(st.sampled_from([0, 1, 2]), unique=True)):
            GroupDiscount.objects.create(group=group, discount_bp=data.draw(_BP), **places[place])
    if data.draw(st.integers(0, 3)) == 0:
        CustomPrice.objects.create(customer=alice, service=sold, rate_micros=data.draw(_AMOUNTS))
    return sold
