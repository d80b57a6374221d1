"""Calls of one sandbox key at the same moment take turns."""

from __future__ import annotations

from itertools import count

import pytest

from accounts.models import User
from orders.models import SandboxOrder
from orders.refusals import OrderRefused, RefusalCode
from orders.sandbox import placing, reading
from services.models import Service
from tests.orders.sandbox.conftest import LINK, play
from tests.races import Gate, at_once

pytestmark = pytest.mark.usefixtures("fresh_db")
numbers = count(1)


def test_a_key_and_the_balance_are_used_once(alice: User, shop: Service) -> None:
    same = at_once(4, lambda: play(alice, shop, idempotency_key="one"))
    assert len(set(same)) == 1
    spent = at_once(6, lambda: spend_20(alice, shop))
    refused = RefusalCode.NOT_ENOUGH_FUNDS
    assert sorted(spent) == sorted(["played"] * 4 + [refused] * 2)
    assert SandboxOrder.objects.count() == 5


def test_without_turns_the_balance_is_used_twice(
    alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(6)
    monkeypatch.setattr(placing, "_take_turn", lambda customer_id: alice)
    monkeypatch.setattr(reading, "kept_orders", gate.after(reading.kept_orders))
    assert at_once(6, lambda: spend_20(alice, shop)) == ["played"] * 6


def spend_20(user: User, shop: Service) -> str:
    try:
        play(user, shop, f"{LINK}/{next(numbers)}", quantity=10_000)
    except OrderRefused as refused:
        return refused.code
    return "played"
