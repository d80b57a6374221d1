"""An order is paid from the balance, whole and at once, or refused (ORD-05, ORD-06)."""

from __future__ import annotations

import pytest

from accounts.models import User
from orders.models import Order, Status
from orders.refusals import RefusalCode
from services.models import CustomPrice, Service
from tests.factories import MICROS, fund, service
from tests.orders.placing.asking import place, refusal
from wallet import ledger, verification
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice: User) -> Service:
    return service(rate_micros=2_000_000)


def test_ten_millionths_too_little_is_too_little(alice: User, shop: Service) -> None:
    fund(alice, 2_000_000 - 10)
    refused = refusal(alice, shop)
    assert (refused.code, refused.fact) == (RefusalCode.NOT_ENOUGH_FUNDS, 10)
    assert "$0.00001" in str(refused.message)


def test_the_last_millionth_is_enough(alice: User, shop: Service) -> None:
    fund(alice, 2_000_000)
    order = place(alice, shop)
    assert order.status == Status.QUEUED
    assert spendable_micros(customer_id=alice.pk) == 0
    assert ledger.held_for(reference=order.reference).escrow == 2_000_000
    assert all(finding.is_ok for finding in verification.verify())


@pytest.mark.parametrize(
    "change",
    [
        lambda shop, user: Service.objects.filter(pk=shop.pk).update(rate_micros=1_999_999),
        lambda shop, user: Service.objects.filter(pk=shop.pk).update(rate_micros=2_000_001),
        lambda shop, user: CustomPrice.objects.create(
            customer=user, service=shop, rate_micros=1_000_000
        ),
    ],
    ids=["cheaper", "dearer", "own"],
)
def test_a_price_that_was_not_shown_is_never_charged(
    alice: User, shop: Service, change: object
) -> None:
    fund(alice, 10 * MICROS)
    change(shop, alice)  # type: ignore[operator]
    refused = refusal(alice, shop, shown_charge_micros=2_000_000)
    assert refused.code == RefusalCode.PRICE_CHANGED
    assert place(alice, shop, shown_charge_micros=refused.fact).charge_micros == refused.fact


def test_the_same_key_for_more_of_the_order_than_before_is_refused(
    alice: User, shop: Service
) -> None:
    fund(alice, 10 * MICROS)
    drip = service(can_drip_feed=True)
    first = place(alice, drip, quantity=100, idempotency_key="press", interval_minutes=5)
    same = place(alice, drip, quantity=100, idempotency_key="press", runs=None)
    assert same.pk == first.pk
    for more in ({"runs": 2, "interval_minutes": 5}, {"texts": {"comments": "hello"}}):
        refused = refusal(alice, drip, quantity=100, idempotency_key="press", **more)
        assert refused.code == RefusalCode.KEY_REUSED
    assert Order.objects.count() == 1
