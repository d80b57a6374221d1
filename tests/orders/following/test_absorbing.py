"""What a customer may cancel at the house's cost, and how the house gets it back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from orders import lifecycle
from orders.models import Order, OrderEvent, Status
from tests.factories import MICROS
from tests.orders.following.reports import apply, broken_books, report
from wallet import ledger
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db


@pytest.fixture
def absorbed(sent: Order, now: datetime) -> Order:
    lifecycle.absorb(order=sent, at=now, actor_id=sent.customer_id, reason="customer")
    return sent


def held(placed: Order) -> ledger.Held:
    return ledger.held_for(reference=placed.reference)


def test_the_customer_has_everything_at_once_and_the_house_pays(
    sent: Order, alice: User, now: datetime
) -> None:
    before = spendable_micros(customer_id=alice.pk)
    lifecycle.absorb(order=sent, at=now, actor_id=alice.pk)
    assert spendable_micros(customer_id=alice.pk) == before + MICROS
    assert (sent.status, sent.refunded_micros, sent.absorbed_micros) == ("canceled", MICROS, MICROS)
    assert (held(sent).escrow, held(sent).recognised) == (MICROS, 0)
    assert broken_books() == []


@pytest.mark.parametrize("status", [s for s in Status if s != Status.PENDING])
def test_only_what_a_provider_calls_pending_is_absorbed(
    sent: Order, now: datetime, status: Status
) -> None:
    sent.status = status
    with pytest.raises(lifecycle.ImpossibleTransition):
        lifecycle.absorb(order=sent, at=now)
    assert held(sent).absorbed == 0


def test_an_order_that_no_provider_has_is_not_absorbed(sent: Order, now: datetime) -> None:
    sent.external_id = None
    with pytest.raises(lifecycle.ImpossibleTransition):
        lifecycle.absorb(order=sent, at=now)


ENDS = [
    # What the provider says, then: recovered, earned.
    ([("canceled", None)], 1000, 0),
    ([("partial", 600)], 600, 400),
    ([("partial", 1000)], 1000, 0),
    ([("partial", 0)], 0, 1000),
    ([("completed", 0)], 0, 1000),
    ([("in_progress", 700), ("canceled", 700)], 1000, 0),
    ([("completed", 0), ("partial", 250)], 250, 750),
    ([("completed", 0), ("canceled", None)], 1000, 0),
    ([("partial", 600), ("partial", 100)], 600, 400),
    ([("partial", 100), ("partial", 600), ("completed", 0)], 600, 400),
    ([("canceled", None), ("in_progress", 1), ("completed", 0)], 1000, 0),
]


@pytest.mark.parametrize(("reports", "recovered", "earned"), ENDS)
def test_what_is_not_delivered_makes_the_loss_good_and_the_rest_is_earned(
    absorbed: Order,
    alice: User,
    now: datetime,
    reports: list[tuple[str, int | None]],
    recovered: int,
    earned: int,
) -> None:
    funds = spendable_micros(customer_id=alice.pk)
    apply(absorbed, *[report(*one) for one in reports * 2], at=now)
    assert (absorbed.recovered_micros, held(absorbed).recognised) == (
        recovered * 1000,
        earned * 1000,
    )
    assert held(absorbed).escrow == 0
    assert spendable_micros(customer_id=alice.pk) == funds
    assert (absorbed.status, absorbed.refunded_micros) == (Status.CANCELED, MICROS)
    assert broken_books() == []


@pytest.mark.parametrize("one", [("pending", 1000), ("processing", 5), ("failed", None)])
def test_the_charge_waits_in_escrow_while_the_provider_is_at_it(
    absorbed: Order, now: datetime, one: tuple[str, int | None]
) -> None:
    apply(absorbed, report(*one), at=now)
    assert held(absorbed).escrow == MICROS
    assert absorbed.settled_at is None
    assert absorbed.next_check_at is not None
    assert broken_books() == []


@pytest.mark.parametrize("remains", [None, 1001])
def test_a_strange_remains_settles_nothing(
    absorbed: Order, now: datetime, remains: int | None
) -> None:
    apply(absorbed, report("partial", remains), at=now)
    assert (held(absorbed).escrow, absorbed.settled_at) == (MICROS, None)


def test_a_delivery_after_all_is_flagged_once(absorbed: Order, now: datetime) -> None:
    apply(absorbed, *[report("completed", 0)] * 3, at=now)
    flags = absorbed.events.filter(kind=OrderEvent.Kind.FLAGGED)
    assert [flag.detail["reason"] for flag in flags] == ["delivered after it was paid back"]


def test_it_is_followed_until_nothing_can_come_back(absorbed: Order, now: datetime) -> None:
    apply(absorbed, report("completed", 0), at=now)
    assert absorbed.next_check_at == now + timedelta(days=1)
    apply(absorbed, report("canceled", 0), at=now + timedelta(days=1))
    assert absorbed.next_check_at is None


def test_the_customer_reads_of_it_as_of_every_refund(absorbed: Order) -> None:
    lines = absorbed.events.filter(kind=OrderEvent.Kind.REFUNDED)
    assert [line.detail["amount_micros"] for line in lines] == [MICROS]


def test_the_proof_knows_until_when_the_charge_is_in_escrow(absorbed: Order, now: datetime) -> None:
    Order.objects.update(settled_at=now)
    assert broken_books() == ["escrow holds the open orders and nothing else"]
