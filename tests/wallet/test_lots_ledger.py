"""The lots of a customer are what the database says the customer has, whatever the verbs did."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.wallet.histories import expires_after
from wallet import ledger
from wallet.lots.fold import fold
from wallet.lots.history import movements_of
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket

NEVER = expires_after(None)


def holdings_of(user: User) -> Holdings:
    return fold(movements_of(customer_id=user.pk), expires_at=NEVER)


def pay_in(user: User, number: int, now: datetime) -> None:
    ledger.deposit(
        customer_id=user.pk,
        gateway="demo",
        amount_micros=10_000_000,
        reference=f"deposit:{number}",
        at=now,
    )


def test_the_history_is_read_in_one_query_and_is_nobody_elses(
    alice: User, bob: User, now: datetime
) -> None:
    for number, user in enumerate((alice, bob, alice)):
        pay_in(user, number, now + timedelta(days=number))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        movements = list(movements_of(customer_id=alice.pk))
    assert len(queries) == 1
    assert [movement.reference for movement in movements] == ["deposit:0", "deposit:2"]
    first = movements[0]
    assert (first.kind, first.from_pot, first.to_pot) == ("deposit", "gateway_clearing", "cash")
    assert (first.origin, first.at, first.amount_micros) == ("deposit:0", now, 10_000_000)


def test_a_movement_between_two_of_the_customers_accounts_is_read_once(
    alice: User, now: datetime
) -> None:
    pay_in(alice, 1, now)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post(ledger_account(%s, 'cash'), ledger_account(%s, 'cash_hold'),"
            " 4000000, 'hold', 'withdrawal:1:hold', 'withdrawal:1', 'deposit:1', %s)",
            [alice.pk, alice.pk, now],
        )
    holdings = holdings_of(alice)
    assert holdings.spendable_micros(Bucket.CASH) == 6_000_000
    assert holdings.frozen_micros(Bucket.CASH) == 4_000_000
