"""What goes first when an order is paid, and who may not order (BON-04, REF-19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from legal.presets import STARTER
from legal.publishing import publish
from orders.models import Order
from orders.placing.placement import OrderRequest, place_order
from tests.factories import service
from tests.wallet.ledger.acts import (
    USD,
    accounts,
    deposit,
    dispute_of,
    give_back,
    grant,
    order,
    refund,
    settle_debt,
    take_back,
    unsound,
)
from wallet import ledger

pytestmark = pytest.mark.django_db


def pots(user: User) -> tuple[float, float]:
    table = accounts(user)
    return table.get("cash", 0), table.get("bonus", 0)


@pytest.fixture
def funded(alice: User) -> User:
    deposit(alice, 1, 6)
    grant(alice, 1, 5)
    return alice


def test_bonus_goes_first_where_the_terms_say_so(funded: User) -> None:
    order(funded, 1, 8, spend_order="bonus_first")
    assert pots(funded) == (3, 0)


def test_what_was_taken_last_returns_first_in_that_order_too(funded: User) -> None:
    order(funded, 1, 8, spend_order="bonus_first")
    assert refund(funded, 1, 2) == 2 * USD
    assert pots(funded) == (5, 0)
    refund(funded, 1, 4)
    assert pots(funded) == (6, 1)
    refund(funded, 1, 8)
    assert pots(funded) == (6, 5)
    assert unsound() == []


@pytest.mark.parametrize("spend_order", ["cash_first", "bonus_first"])
@pytest.mark.parametrize("dollars", [0, 1, 5, 6, 11])
def test_a_full_refund_restores_both_buckets(
    funded: User, spend_order: str, dollars: float
) -> None:
    order(funded, 1, dollars, spend_order=spend_order)
    refund(funded, 1, dollars)
    assert pots(funded) == (6, 5)


def test_bonus_alone_pays_an_order(bob: User) -> None:
    grant(bob, 1, 5)
    order(bob, 1, 4)
    refund(bob, 1, 3)
    assert pots(bob) == (0, 4)


@pytest.mark.parametrize("spend_order", ["cash_first", "bonus_first"])
@pytest.mark.parametrize("dollars", [3, 5, 6, 8, 11])
def test_a_repeated_charge_is_taken_once(funded: User, spend_order: str, dollars: float) -> None:
    """Also where the second call would have to take it out of the other bucket, or cannot."""
    for _again in range(2):
        order(funded, 1, dollars, spend_order=spend_order)
    assert sum(pots(funded)) == 11 - dollars


def test_an_order_is_not_charged_with_another_sum(funded: User) -> None:
    order(funded, 1, 3)
    with pytest.raises(ledger.KeyReused), transaction.atomic():
        order(funded, 1, 4)
    assert sum(pots(funded)) == 8


def test_who_owes_money_cannot_order_until_it_is_paid(funded: User) -> None:
    cause = dispute_of(funded, 1, 1)
    take_back(cause, 7)
    with pytest.raises(ledger.InDebt), transaction.atomic():
        order(funded, 1, 1)
    deposit(funded, 2, 4)
    with pytest.raises(ledger.InDebt), transaction.atomic():
        order(funded, 1, 1)
    settle_debt(funded)
    order(funded, 1, 1)
    assert pots(funded) == (2, 5)


def test_a_dispute_that_is_won_opens_the_orders_again(funded: User) -> None:
    cause = dispute_of(funded, 1, 1)
    take_back(cause, 7)
    give_back(cause)
    order(funded, 1, 11)
    assert pots(funded) == (0, 0)


def test_an_order_takes_first_what_its_terms_say(alice: User, now: datetime) -> None:
    policy = replace(STARTER, wallet_spend_order="bonus_first")
    publish(policy=policy, versions=[], published_by=None, at=now)
    deposit(alice, 1, 6)
    grant(alice, 1, 5)
    request = OrderRequest(
        service_id=service().pk,
        link="https://example.com/p",
        quantity=1000,
        channel=Order.Channel.API,
    )
    place_order(customer_id=alice.pk, request=request, at=timezone.now())
    assert pots(alice) == (6, 4)
