from __future__ import annotations

import ast
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from orders import lifecycle
from orders.models import ACCEPTED, FINAL, RUNNING, Order, OrderEvent, Status
from tests.factories import MICROS, order
from wallet.balances import spendable_micros

SENT = (Status.SUBMITTING, Status.PENDING)


def walk(placed: Order, *path: Status, at: datetime) -> Order:
    for status in path:
        lifecycle.advance(order=placed, to=status, at=at)
    return placed


def test_every_status_has_its_row_in_the_table() -> None:
    assert set(lifecycle.TRANSITIONS) == set(Status)
    assert set(RUNNING) | set(FINAL) == set(Status)
    assert set(ACCEPTED) < set(RUNNING)


def test_nothing_leaves_canceled_and_nothing_returns_to_the_queue_once_accepted() -> None:
    assert lifecycle.TRANSITIONS[Status.CANCELED] == frozenset()
    for status in (*ACCEPTED, *FINAL):
        assert Status.QUEUED not in lifecycle.TRANSITIONS[status]
        assert Status.SUBMITTING not in lifecycle.TRANSITIONS[status]


def test_an_uncertain_order_never_goes_out_by_itself() -> None:
    assert Status.SUBMITTING not in lifecycle.TRANSITIONS[Status.UNCERTAIN]


@pytest.mark.django_db
def test_a_step_outside_the_table_is_refused(alice: User, now: datetime) -> None:
    placed = order(alice)
    with pytest.raises(lifecycle.ImpossibleTransition):
        lifecycle.advance(order=placed, to=Status.COMPLETED, at=now)
    assert Order.objects.get(pk=placed.pk).status == Status.QUEUED


@pytest.mark.django_db
def test_each_step_is_one_line_of_the_story(alice: User, now: datetime) -> None:
    placed = walk(order(alice), *SENT, Status.COMPLETED, at=now)
    steps = placed.events.filter(kind=OrderEvent.Kind.STATUS).order_by("pk")
    assert [(step.detail["from"], step.detail["to"]) for step in steps] == [
        ("queued", "submitting"),
        ("submitting", "pending"),
        ("pending", "completed"),
    ]
    assert placed.finished_at == now


@pytest.mark.django_db
def test_the_target_only_rises_and_is_capped(alice: User, now: datetime) -> None:
    placed = walk(order(alice, quantity=1000), *SENT, Status.PARTIAL, at=now)
    start = spendable_micros(customer_id=alice.pk)
    moved = [
        lifecycle.book(order=placed, due_micros=due, at=now)
        for due in (300_000, 100_000, 300_000, 5 * MICROS, 400_000)
    ]
    assert moved == [300_000, 0, 0, 700_000, 0]
    assert spendable_micros(customer_id=alice.pk) == start + MICROS
    assert placed.net_charge_micros == 0


@given(charge=st.integers(1, 10**12), quantity=st.integers(1, 10**7), remains=st.integers(0, 10**7))
def test_what_is_due_is_the_undelivered_share_half_up(
    charge: int, quantity: int, remains: int
) -> None:
    placed = Order(charge_micros=charge, quantity=quantity)
    due = lifecycle.refund_due(order=placed, remains=remains)
    exact_doubled = 2 * charge * min(remains, quantity)
    assert 0 <= due <= charge
    assert abs(2 * due * quantity - exact_doubled) <= quantity


def test_only_the_lifecycle_writes_an_orders_status() -> None:
    """Reads every module: `x.status = ...`, `.update(status=...)` and `status=` in creates."""
    writers = set()
    for path in Path(settings.BASE_DIR, "orders").rglob("*.py"):
        # A sandbox plays orders that are never saved.
        if {"migrations", "sandbox"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else []
            is_assignment = any(
                isinstance(part, ast.Attribute) and part.attr == "status"
                for target in targets
                for part in ast.walk(target)
            )
            is_update = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("update", "create", "bulk_create", "update_or_create")
                and any(word.arg == "status" for word in node.keywords)
            )
            if is_assignment or is_update:
                writers.add(path.name)
    assert writers == {"lifecycle.py"}
