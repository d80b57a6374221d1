"""Random histories of every verb keep every invariant, whatever their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from accounts.models import User
from tests.wallet.ledger.acts import (
    AT,
    accounts,
    deposit,
    foreign_refund_of,
    grant,
    hold,
    holdings,
    order,
    refund,
    take_back,
)
from tests.wallet.ledger.machine import Ledger
from wallet import ledger

SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@pytest.mark.django_db
def test_any_history_of_verbs_keeps_the_books_and_the_lots(alice: User, now: datetime) -> None:
    Ledger.customer, Ledger.at = alice, now
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=SLOW
        ),
    )


def after(user: User, acts: list[Callable[[], object]]) -> tuple[dict[str, float], Counter[str]]:
    """The accounts, and the sums of each root, at the end of a history that is then forgotten."""
    with transaction.atomic():
        for number in (1, 2):
            deposit(user, number, 20)
        order(user, 1, 20)
        order(user, 2, 5)
        for act in acts:
            act()
        sums: Counter[str] = Counter()
        for lot in holdings(user).lots:
            sums[f"{lot.root} {lot.bucket}"] += lot.remaining_micros
            sums[f"{lot.root} {lot.bucket} frozen"] += lot.frozen_micros
        table = accounts(user)
        transaction.set_rollback(True)
    return table, sums


@given(order_of=st.permutations(range(7)))
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@pytest.mark.django_db
def test_events_that_commute_leave_the_same_books(alice: User, order_of: list[int]) -> None:
    acts: list[Callable[[], object]] = [
        lambda: refund(alice, 1, 7),
        lambda: refund(alice, 2, 3),
        lambda: deposit(alice, 3, 9),
        lambda: grant(alice, 1, 5, tied_to=1),
        lambda: hold(alice, "payout:1", 2, cash=6),
        lambda: take_back(foreign_refund_of(alice, 1, 2), 4),
        lambda: ledger.settle(reference="order:9", at=AT),
    ]
    assert after(alice, [acts[place] for place in order_of]) == after(alice, acts)
