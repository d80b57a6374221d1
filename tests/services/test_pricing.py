from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from services import pricing
from services.models import CustomPrice, Service
from tests.factories import service
from wallet import money


def sold(rate_micros: int, **fields: object) -> Service:
    limits = {"min_quantity": 1, "max_quantity": 10**9}
    return Service(pk=1, rate_micros=rate_micros, **(limits | fields))


@given(rate=st.integers(1, 10**12), quantity=st.integers(1, 10**9))
def test_a_charge_is_the_exact_price_rounded_half_up(rate: int, quantity: int) -> None:
    try:
        charge = pricing.quote(
            service=sold(rate), own_rate_micros=None, quantity=quantity
        ).charge_micros
    except pricing.PriceTooSmall:
        charge = 0
    except pricing.AboveMaximum:
        assert rate * quantity > 1000 * money.MAX_MICROS
        return
    assert 2 * charge * 1000 - 1000 <= 2 * rate * quantity < 2 * charge * 1000 + 1000


@pytest.mark.parametrize(
    ("quantity", "refusal"), [(9, pricing.BelowMinimum), (101, pricing.AboveMaximum)]
)
def test_limits_are_inclusive(quantity: int, refusal: type[Exception]) -> None:
    limited = sold(1_000_000, min_quantity=10, max_quantity=100)
    with pytest.raises(refusal):
        pricing.quote(service=limited, own_rate_micros=None, quantity=quantity)
    for inside in (10, 100):
        pricing.quote(service=limited, own_rate_micros=None, quantity=inside)


def test_a_free_service_costs_nothing_and_others_never_do() -> None:
    free = sold(0, is_free=True)
    assert pricing.quote(service=free, own_rate_micros=None, quantity=5).charge_micros == 0
    with pytest.raises(pricing.PriceTooSmall):
        pricing.quote(service=sold(1), own_rate_micros=None, quantity=1)


def test_an_own_price_replaces_the_list_price() -> None:
    quote = pricing.quote(service=sold(2_000_000), own_rate_micros=500_000, quantity=1000)
    assert (quote.rate_micros, quote.charge_micros) == (500_000, 500_000)


def test_what_is_not_on_sale_has_no_price() -> None:
    with pytest.raises(pricing.Unavailable):
        pricing.quote(service=sold(1_000_000, is_active=False), own_rate_micros=None, quantity=5)


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.mark.parametrize(
        "change", ["rate_micros = 5", "min_quantity = 11", "max_quantity = 99", "is_active = false"]
    )
    def test_raises_the_revision_whoever_changes_the_terms(self, change: str) -> None:
        listed = service()
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE services_service SET {change} WHERE id = %s", [listed.pk])
        assert Service.objects.get(pk=listed.pk).revision == listed.revision + 1

    def test_keeps_the_revision_when_only_words_change(self) -> None:
        listed = service()
        Service.objects.filter(pk=listed.pk).update(name="Other words", revision=77)
        assert Service.objects.get(pk=listed.pk).revision == listed.revision

    @pytest.mark.parametrize(
        "fields",
        [
            {"rate_micros": 0},
            {"rate_micros": -1},
            {"min_quantity": 0},
            {"min_quantity": 20, "max_quantity": 10},
        ],
    )
    def test_refuses_a_service_that_could_not_be_sold_honestly(
        self, fields: dict[str, object]
    ) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            service(**fields)

    def test_knows_each_customers_own_price(self, alice: User, bob: User) -> None:
        listed = service()
        CustomPrice.objects.create(customer=alice, service=listed, rate_micros=7)
        own = {
            user.pk: Service.objects.priced_for(user.pk).get(pk=listed.pk).own_rate_micros
            for user in (alice, bob)
        }
        assert own == {alice.pk: 7, bob.pk: None}
