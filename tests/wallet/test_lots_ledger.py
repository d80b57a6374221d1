"""The lots of a customer are what the database says the customer has, whatever the verbs did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.models import User
from wallet import ledger
from wallet.balances import balances_of
from wallet.lots.expiry import expires_after
from wallet.lots.fold import fold
from wallet.lots.history import movements_of
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket, Claim

NEVER = expires_after(None)
AMOUNTS = st.integers(1, 20_000_000)
NUMBERS = st.integers(1, 4)


def holdings_of(user: User) -> Holdings:
    return fold(movements_of(customer_id=user.pk), expires_at=NEVER)


@contextmanager
def refusal_allowed() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except ledger.LedgerError:
        pass


class Verbs(RuleBasedStateMachine):
    """One customer among others, few order numbers, so that verbs meet each other often."""

    customer: User
    stranger: User
    at: datetime

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.causes = 0
        self.snapshot = Holdings()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    def _cause(self, name: str) -> str:
        self.causes += 1
        return f"{name}:{self.causes}"

    @rule(amount=AMOUNTS)
    def deposit(self, amount: int) -> None:
        reference = self._cause("deposit")
        for user in (self.customer, self.stranger):
            ledger.deposit(
                customer_id=user.pk,
                gateway="demo",
                amount_micros=amount,
                reference=f"{reference}{user.pk}",
                at=self.at,
            )

    @rule(amount=AMOUNTS)
    def grant(self, amount: int) -> None:
        ledger.grant_bonus(
            customer_id=self.customer.pk,
            amount_micros=amount,
            reference=self._cause("bonus"),
            at=self.at,
        )

    @rule(amount=st.integers(-20_000_000, 20_000_000).filter(bool))
    def adjust(self, amount: int) -> None:
        with refusal_allowed():
            ledger.adjust(
                customer_id=self.customer.pk,
                amount_micros=amount,
                reference=self._cause("adjustment"),
                at=self.at,
            )

    @rule(number=NUMBERS, charge=AMOUNTS)
    def order(self, number: int, charge: int) -> None:
        reference = f"order:{number}"
        if ledger.held_for(reference=reference).charged:
            return
        with refusal_allowed():
            ledger.hold_for_order(
                customer_id=self.customer.pk, charge_micros=charge, reference=reference, at=self.at
            )

    @rule(number=NUMBERS, due=AMOUNTS)
    def refund(self, number: int, due: int) -> None:
        with refusal_allowed():
            ledger.refund(
                customer_id=self.customer.pk,
                reference=f"order:{number}",
                due_micros=due,
                at=self.at,
            )

    @rule(number=NUMBERS)
    def settle(self, number: int) -> None:
        ledger.settle(reference=f"order:{number}", at=self.at)

    @rule()
    def take_a_snapshot(self) -> None:
        self.snapshot = holdings_of(self.customer)

    @invariant()
    def the_lots_are_the_balances(self) -> None:
        holdings = holdings_of(self.customer)
        balances = balances_of(customer_id=self.customer.pk)
        assert holdings.spendable_micros(Bucket.CASH) == balances.cash_micros
        assert holdings.spendable_micros(Bucket.BONUS) == balances.bonus_micros

    @invariant()
    def a_snapshot_and_what_came_later_are_the_same(self) -> None:
        later = movements_of(customer_id=self.customer.pk, after_id=self.snapshot.last_id)
        assert fold(later, expires_at=NEVER, start=self.snapshot) == holdings_of(self.customer)

    @invariant()
    def what_an_order_may_still_get_back_is_known(self) -> None:
        known = dict.fromkeys(range(1, 5), 0)
        for taken in holdings_of(self.customer).allocations:
            assert taken.claim is Claim.ORDER
            number = int(taken.reference.removeprefix("order:"))
            known[number] += sum(part.amount_micros for part in taken.parts)
        for number, micros in known.items():
            held = ledger.held_for(reference=f"order:{number}")
            assert micros == held.charged - held.refunded


def test_any_history_of_verbs_gives_lots_that_are_the_balances(
    alice: User, bob: User, now: datetime
) -> None:
    Verbs.customer, Verbs.stranger, Verbs.at = alice, bob, now
    run_state_machine_as_test(
        Verbs,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


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
