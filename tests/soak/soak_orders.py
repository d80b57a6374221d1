"""Long random walks over the life of orders (tests/orders/machine.py)."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import User
from tests.orders.test_machine import walk


@pytest.mark.django_db
@pytest.mark.parametrize("_turn", range(10))
def test_a_thousand_lives_of_orders_keep_every_invariant(
    alice: User, now: datetime, _turn: int
) -> None:
    walk(alice, now, lives=100, steps=50)
