"""The money of many orders at once: exact for each, all or nothing, and two batches that have the
same customers wait for each other instead of killing each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from tests.databases import TestDatabase
from tests.factories import MICROS, fund
from tests.races import Gate, all_at_once
from wallet import ledger
from wallet.ledger import Target, many
from wallet.ledger.held import refund_legs
from wallet.ledger.posting import balance_of
from wallet.models import Transfer


def charged(customer: User, number: int) -> str:
    fund(customer, 10 * MICROS)
    reference = f"order:{number}"
    ledger.hold_for_order(
        customer_id=customer.pk, charge_micros=MICROS, reference=reference, at=timezone.now()
    )
    return reference


def target(customer: User, number: int, due_micros: int, *, is_over: bool = True) -> Target:
    return Target(customer.pk, f"order:{number}", due_micros, is_over=is_over)


@pytest.mark.django_db
def test_each_gets_what_is_due_and_the_rest_is_earned(
    alice: User, bob: User, now: datetime
) -> None:
    for customer, number in ((alice, 1), (bob, 2), (alice, 3), (bob, 4)):
        charged(customer, number)
    targets = [
        target(alice, 1, 250_000),
        target(bob, 2, 0),
        target(alice, 3, MICROS),
        target(bob, 4, 1, is_over=False),
    ]
    refunded = {"order:1": 250_000, "order:2": 0, "order:3": MICROS, "order:4": 1}
    assert ledger.bring_up(targets=targets, at=now) == refunded
    assert ledger.bring_up(targets=targets, at=now) == dict.fromkeys(refunded, 0)
    escrow = [ledger.held_for(reference=reference).escrow for reference in refunded]
    assert escrow == [0, 0, 0, MICROS - 1]
    assert ledger.bring_up(targets=[target(bob, 2, 40)], at=now) == {"order:2": 40}
    assert balance_of(alice.pk, "cash") == 18 * MICROS + 250_000 + MICROS
    assert balance_of(bob.pk, "cash") == 18 * MICROS + 41


@pytest.mark.django_db
def test_one_that_asks_for_too_much_moves_nothing_of_the_others(
    alice: User, bob: User, now: datetime
) -> None:
    charged(alice, 1)
    charged(bob, 2)
    before = Transfer.objects.count()
    with pytest.raises(ledger.RefundExceedsCharge):
        ledger.bring_up(targets=[target(alice, 1, 5), target(bob, 2, MICROS + 1)], at=now)
    assert Transfer.objects.count() == before


@pytest.mark.django_db
def test_a_known_key_with_another_sum_is_refused(alice: User, now: datetime) -> None:
    charged(alice, 1)
    held = refund_legs(
        held=ledger.held_for(reference="order:1"), customer_id=alice.pk, due_micros=7
    )
    booked = [many._Booking("order:1", leg) for leg in held if leg.amount_micros > 0]
    many._post(booked, now)
    many._post(booked, now)
    other = [many._Booking("order:1", booked[0].leg._replace(amount_micros=8))]
    with pytest.raises(ledger.KeyReused), transaction.atomic():
        many._post(other, now)
    assert ledger.held_for(reference="order:1").refunded == 7


@contextmanager
def _two_batches(alice: User, bob: User) -> Iterator[list[Callable[[], str]]]:
    """Of the same two customers, in opposite order."""
    for customer, number in ((alice, 1), (bob, 2), (bob, 3), (alice, 4)):
        charged(customer, number)
    yield [
        partial(_booked, [target(alice, 1, 100), target(bob, 2, 100)]),
        partial(_booked, [target(bob, 3, 100), target(alice, 4, 100)]),
    ]


def _booked(targets: list[Target]) -> str:
    try:
        with transaction.atomic():
            ledger.bring_up(targets=targets, at=timezone.now())
    except OperationalError as error:
        return str(error).partition("\n")[0]
    return "booked"


def test_batches_of_the_same_customers_take_turns(
    fresh_db: TestDatabase, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "_lock", Gate(2).before(many._lock))
    with _two_batches(alice, bob) as batches:
        assert all_at_once(*batches) == ["booked", "booked"]
    assert Transfer.objects.filter(kind="order_refund").count() == 4


def test_locked_in_the_order_of_the_reports_one_of_them_is_killed(
    fresh_db: TestDatabase, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(2)

    def one_by_one(customer_ids: list[int]) -> None:
        ledger.lock(customer_ids[0])
        gate.wait()
        ledger.lock(customer_ids[1])

    monkeypatch.setattr(many, "_lock", one_by_one)
    with _two_batches(alice, bob) as batches:
        assert sorted(all_at_once(*batches)) == ["booked", "deadlock detected"]
