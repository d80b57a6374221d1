"""Random walks over the life of orders keep every invariant; `make soak` walks for longer."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from accounts.models import User
from tests.cast import person
from tests.orders.machine import Life

SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


def walk(customer: User, now: datetime, *, lives: int, steps: int) -> None:
    Life.customer, Life.at = customer, now
    Life.staff = person("olga", group="Operator")
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=SLOW,
        ),
    )


@pytest.mark.django_db
def test_any_life_of_orders_keeps_every_invariant(alice: User, now: datetime) -> None:
    walk(alice, now, lives=12, steps=25)
