"""Random histories of every verb keep every invariant, whatever their order."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.models import User
from wallet import ledger
from wallet.balances import balances_of
from wallet.models import Account, Transfer
from wallet.verification import CHECKS, run

AMOUNTS = st.integers(1, 20_000_000)
NUMBERS = st.integers(1, 4)


class Books(RuleBasedStateMachine):
    """One customer, few order numbers, so that verbs meet each other often."""

    customer: User

    def __init__(self) -> None:
        super().__init__()
        self.at = timezone.now()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.bonus_granted = 0
        self.causes = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    def _cause(self) -> int:
        self.causes += 1
        return self.causes

    @rule(amount=AMOUNTS)
    def deposit(self, amount: int) -> None:
        reference = f"payment:{self._cause()}"
        for _repeat in range(2):
            ledger.deposit(
                customer_id=self.customer.pk,
                gateway="demo",
                amount_micros=amount,
                reference=reference,
                at=self.at,
            )

    @rule(amount=AMOUNTS)
    def grant(self, amount: int) -> None:
        self.bonus_granted += amount
        ledger.grant_bonus(
            customer_id=self.customer.pk,
            amount_micros=amount,
            reference=f"bonus:{self._cause()}",
            at=self.at,
        )

    @rule(amount=st.integers(-20_000_000, 20_000_000).filter(bool))
    def adjust(self, amount: int) -> None:
        with self._refusal_allowed():
            ledger.adjust(
                customer_id=self.customer.pk,
                amount_micros=amount,
                reference=f"adjustment:{self._cause()}",
                at=self.at,
            )

    @rule(number=NUMBERS, charge=AMOUNTS)
    def order(self, number: int, charge: int) -> None:
        if ledger.held_for(reference=f"order:{number}").charged:
            return
        with self._refusal_allowed():
            ledger.hold_for_order(
                customer_id=self.customer.pk,
                charge_micros=charge,
                reference=f"order:{number}",
                at=self.at,
            )

    @rule(number=NUMBERS, due=AMOUNTS)
    def refund(self, number: int, due: int) -> None:
        with self._refusal_allowed():
            ledger.refund(
                customer_id=self.customer.pk,
                reference=f"order:{number}",
                due_micros=due,
                at=self.at,
            )

    @rule(number=NUMBERS)
    def settle(self, number: int) -> None:
        ledger.settle(reference=f"order:{number}", at=self.at)

    @staticmethod
    def _refusal_allowed() -> _Refusable:
        return _Refusable()

    @invariant()
    def the_books_are_clean(self) -> None:
        assert [check.name for check in CHECKS if not run(check).is_ok] == []

    @invariant()
    def what_comes_back_never_exceeds_what_was_taken(self) -> None:
        for number in range(1, 5):
            held = ledger.held_for(reference=f"order:{number}")
            assert 0 <= held.refunded <= held.charged
            assert held.escrow >= 0
            assert held.bonus_returned <= held.bonus_taken

    @invariant()
    def bonus_never_becomes_cash(self) -> None:
        cash = Account.objects.filter(owner=self.customer, kind="cash")
        came_in = Transfer.objects.filter(credit_account__in=cash).values_list(
            "kind", "debit_account__kind"
        )
        assert {source for kind, source in came_in} <= {"gateway_clearing", "adjustment", "escrow"}
        assert balances_of(customer_id=self.customer.pk).bonus_micros <= self.bonus_granted


class _Refusable:
    """A verb may refuse; then nothing of it may be left."""

    def __enter__(self) -> None:
        self.scope = transaction.atomic()
        self.scope.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> bool:
        self.scope.__exit__(kind, error, trace)  # type: ignore[arg-type]
        return kind is not None and issubclass(kind, ledger.LedgerError)


@pytest.fixture
def machine(alice: User) -> type[Books]:
    Books.customer = alice
    return Books


def test_any_history_keeps_the_books(machine: type[Books]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
