"""The proof is proved: with the guards off, each invariant is broken in turn and found."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from orders import lifecycle
from orders.models import Order, Status
from tests.factories import MICROS, order

pytestmark = pytest.mark.django_db


def verify() -> tuple[int, dict[str, Any]]:
    out = StringIO()
    try:
        call_command("verify_ledger", "--json", stdout=out)
    except SystemExit as stop:
        return int(stop.code or 0), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def broken(report: dict[str, Any]) -> set[str]:
    return {check["name"] for check in report["checks"] if not check["ok"]}


def corrupt(statement: str) -> None:
    """Writes what no code path can: as the tables' owner, with every trigger off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def partly_delivered(alice: User, now: datetime) -> Order:
    placed = order(alice, quantity=1000)
    for status in (Status.SUBMITTING, Status.PENDING, Status.PARTIAL):
        lifecycle.advance(order=placed, to=status, at=now)
    lifecycle.book(order=placed, due_micros=MICROS // 4, at=now)
    return placed


def test_honest_books_are_clean(partly_delivered: Order) -> None:
    code, report = verify()
    assert (code, report["ok"], broken(report)) == (0, True, set())
    assert report["transfers"] == 4


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        (
            "UPDATE wallet_account SET balance_micros = balance_micros + 1 WHERE kind = 'cash'",
            "a balance is the sum of its transfers",
        ),
        (
            "UPDATE wallet_account SET balance_micros = balance_micros + 1 WHERE kind = 'cash'",
            "all accounts sum to zero",
        ),
        (
            "UPDATE wallet_transfer SET id = id + 1000 WHERE kind = 'adjustment'",
            "no statement ever falls below zero",
        ),
        (
            "UPDATE wallet_transfer SET amount_micros = 2000000 WHERE kind = 'order_revenue'",
            "no order holds less than nothing",
        ),
        (
            "UPDATE orders_order SET charge_micros = charge_micros + 1",
            "an order's charge and refunds are in the books",
        ),
        (
            "UPDATE orders_order SET refunded_micros = 0",
            "an order's charge and refunds are in the books",
        ),
        (
            "UPDATE orders_order SET absorbed_micros = 1",
            "an order's charge and refunds are in the books",
        ),
        (
            "UPDATE orders_order SET absorbed_micros = 1, recovered_micros = 1",
            "an order's charge and refunds are in the books",
        ),
        (
            "UPDATE orders_order SET due_micros = due_micros + 1",
            "what is due back has come back",
        ),
        (
            "UPDATE orders_order SET status = 'canceled'",
            "a canceled order gave its whole charge back where its terms say so",
        ),
        (
            (
                "UPDATE orders_order SET status = 'in_progress';"
                " UPDATE orders_opencount SET at_most = 0"
            ),
            "the bound on a customer's running orders is not below their number",
        ),
        (
            (
                "UPDATE orders_order SET status = 'in_progress', external_id = '7',"
                " provider_id = (SELECT max(id) FROM services_provider)"
            ),
            "every order that its provider has under way is asked about by its number",
        ),
        (
            "UPDATE orders_order SET status = 'in_progress'",
            "escrow holds the open orders and nothing else",
        ),
        (
            "UPDATE wallet_transfer SET reference = 'order:999999' WHERE kind = 'order_charge'",
            "no money was taken for an order that does not exist",
        ),
        (
            (
                "INSERT INTO wallet_deposit (customer_id, publication_id, gateway, asked_micros,"
                " amount_micros, checkout_id, charge_id, method_label, card_fingerprint,"
                " is_automatic, trouble, state, created_at, credited_at)"
                " SELECT customer_id, publication_id, 'demo', 5, 5, '', '', '', '', false, '',"
                " 'paid', created_at, created_at FROM orders_order"
            ),
            "what a payment credited is what its top-up says",
        ),
    ],
)
def test_each_broken_invariant_is_found(
    partly_delivered: Order, statement: str, invariant: str
) -> None:
    corrupt(statement)
    code, report = verify()
    assert code == 1
    assert report["ok"] is False
    assert invariant in broken(report)
    assert all(check["rows"] for check in report["checks"] if not check["ok"])


def test_people_read_the_offending_rows(partly_delivered: Order) -> None:
    corrupt("UPDATE orders_order SET status = 'in_progress'")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_ledger", stdout=out)
    assert f"'order_id': {partly_delivered.pk}" in out.getvalue()
    assert "BAD  escrow" in out.getvalue()
