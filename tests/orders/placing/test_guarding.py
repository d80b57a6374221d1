"""Nothing is sold below what it costs, unless the operator wants it."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Case, User
from orders.refusals import RefusalCode
from services.models import CustomPrice, ProviderService, Service
from services.types import ServiceType
from tests.factories import MICROS, fund, offer, provider, service
from tests.orders.placing.asking import place, refusal
from wallet.models import DisplayRate

pytestmark = pytest.mark.django_db

REFUSE, WARN, ALLOW = Service.BelowCost.REFUSE, Service.BelowCost.WARN, Service.BelowCost.ALLOW


def sold(*, price: int, cost: int, currency: str = "USD", **fields: Any) -> Service:
    upstream = offer(cost_micros=cost, provider=provider(currency=currency))
    facts = {"provider_service": upstream, "rate_micros": price, "below_cost": REFUSE}
    return service(**facts | fields)


@pytest.fixture
def rich(alice: User) -> User:
    fund(alice, 100 * MICROS)
    return alice


def raised() -> list[str]:
    return list(Case.objects.filter(kind=Case.Kind.BELOW_COST).values_list("key", flat=True))


def test_a_price_below_the_cost_is_refused_and_staff_hear_of_it_once(rich: User) -> None:
    loss = sold(price=999_999, cost=1_000_000)
    for _turn in range(2):
        assert refusal(rich, loss).code == RefusalCode.BELOW_COST
    assert raised() == [f"service:{loss.pk}"]


def test_a_price_that_just_covers_the_cost_is_taken(rich: User) -> None:
    assert place(rich, sold(price=1_000_000, cost=1_000_000)).pk
    assert raised() == []


def test_an_operator_may_be_warned_only_or_not_at_all(rich: User) -> None:
    warned = sold(price=1, cost=1_000_000, below_cost=WARN)
    assert place(rich, warned, quantity=10_000).charge_micros == 10
    assert raised() == [f"service:{warned.pk}"]
    wanted = sold(price=1, cost=1_000_000, below_cost=ALLOW)
    assert place(rich, wanted, quantity=10_000, link="https://example.com/p/2").pk
    assert len(raised()) == 1


def test_a_cost_that_a_price_list_announces_is_guarded_against(rich: User) -> None:
    chosen = sold(price=1_000_000, cost=500_000)
    offers = ProviderService.objects.filter(services=chosen)
    offers.update(announced_cost_micros=1_000_001)
    assert refusal(rich, chosen).code == RefusalCode.BELOW_COST
    offers.update(announced_cost_micros=1_000_000)
    assert place(rich, chosen).pk


def test_a_free_service_is_meant_to_cost_the_house(rich: User) -> None:
    assert place(rich, sold(price=0, cost=1_000_000, is_free=True)).charge_micros == 0


def test_a_customers_own_price_is_held_against_the_cost(rich: User, bob: User) -> None:
    fund(bob)
    chosen = sold(price=2_000_000, cost=1_000_000)
    CustomPrice.objects.create(customer=rich, service=chosen, rate_micros=900_000)
    assert refusal(rich, chosen).code == RefusalCode.BELOW_COST
    assert place(bob, chosen).pk


class TestACostInAnotherCurrency:
    def test_is_converted_at_the_newest_rate(self, rich: User) -> None:
        DisplayRate.objects.create(currency="eur", per_dollar_micros=1_200_000)
        chosen = sold(price=1_000_000, cost=900_000, currency="EUR")
        assert place(rich, chosen).pk  # 0.90 EUR are 0.75 USD
        DisplayRate.objects.create(currency="eur", per_dollar_micros=800_000)
        dear = refusal(rich, chosen, link="https://example.com/p/2")
        assert dear.code == RefusalCode.BELOW_COST  # and now 1.125 USD

    def test_without_a_rate_proves_nothing(self, rich: User) -> None:
        assert refusal(rich, sold(price=90_000_000, cost=1, currency="XYZ")).code == (
            RefusalCode.BELOW_COST
        )
        assert "not known in dollars" in Case.objects.get(kind=Case.Kind.BELOW_COST).detail


@pytest.mark.parametrize(
    ("type_", "texts"),
    [
        (ServiceType.PACKAGE, {}),
        (ServiceType.CUSTOM_COMMENTS, {"comments": "a\nb\nc"}),
        (ServiceType.SUBSCRIPTIONS, {"username": "a", "min": "10", "max": "20", "delay": "0"}),
    ],
)
def test_every_type_is_held_against_the_cost_of_what_is_ordered(
    rich: User, type_: ServiceType, texts: dict[str, str]
) -> None:
    facts: dict[str, Any] = {"type": type_, "min_quantity": 1, "can_cancel": True}
    dear = sold(price=1_000_000, cost=1_500_000, **facts)
    assert refusal(rich, dear, texts=texts).code == RefusalCode.BELOW_COST
    assert place(rich, sold(price=2_000_000, cost=1_500_000, **facts), texts=texts).pk
