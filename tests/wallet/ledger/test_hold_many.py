"""Charges of many orders in one go take what each of them takes alone, to the row (BON-04)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import Error, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.wallet.ledger.acts import AT, deposit, grant
from wallet import ledger
from wallet.ledger.posting import balance_of
from wallet.models import Transfer

# Whose the charge is, and its micros.
Charge = tuple[int, int]
SPENDING = ("cash_first", "bonus_first")
ROW = ("debit_account", "credit_account", "amount_micros", "kind", "key", "reference", "created_at")


def hold_many(people: Sequence[User], charges: Sequence[Charge], *spend_orders: str) -> None:
    parameters = (
        [people[payer].pk for payer, _micros in charges],
        [micros for _payer, micros in charges],
        [f"order:{number}" for number in range(len(charges))],
        [*spend_orders * (len(charges) // len(spend_orders))],
        [AT] * len(charges),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_hold_many(%s, %s::bigint[], %s, %s, %s)", parameters)


def hold_each(people: Sequence[User], charges: Sequence[Charge], spend_order: str) -> None:
    for number, (payer, micros) in enumerate(charges):
        ledger.hold_for_order(
            customer_id=people[payer].pk,
            charge_micros=micros,
            reference=f"order:{number}",
            spend_order=spend_order,
            at=AT,
        )


def rows() -> list[tuple[object, ...]]:
    return list(Transfer.objects.filter(kind="order_charge").order_by("pk").values_list(*ROW))


@pytest.fixture
def people(db: None, alice: User, bob: User) -> list[User]:
    """Each has 20 micros in cash and 15 in bonus."""
    for number, person in enumerate((alice, bob)):
        deposit(person, number, 0.00002)
        grant(person, number, 0.000015)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_account(NULL, 'escrow')")
    return [alice, bob]


# Eight times four is less than anybody has: who may pay is not decided here.
CHARGES = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4)), min_size=1, max_size=8)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(charges=CHARGES, spend_order=st.sampled_from(SPENDING))
def test_takes_what_each_takes_alone(
    people: list[User], charges: list[Charge], spend_order: str
) -> None:
    taken = []
    for hold in (hold_each, hold_many):
        with transaction.atomic():
            hold(people, charges, spend_order)
            taken.append((rows(), [balance_of(one.pk, "cash") for one in people]))
            transaction.set_rollback(True)
    assert taken[0] == taken[1]
    assert len(taken[0][0]) >= len(charges)


@pytest.mark.parametrize("spend_order", SPENDING)
def test_crosses_from_one_pot_to_the_other_in_the_middle_of_a_charge(
    people: list[User], spend_order: str
) -> None:
    hold_many(people, [(0, 12), (1, 1), (0, 12), (0, 11)], spend_order)
    assert [balance_of(people[0].pk, pot) for pot in ("cash", "bonus")] == [0, 0]
    first, second = ("", ":bonus") if spend_order == "cash_first" else (":bonus", "")
    split = 8 if spend_order == "cash_first" else 3
    of_one = Transfer.objects.filter(reference="order:2").order_by("pk")
    assert list(of_one.values_list("key", "amount_micros")) == [
        (f"order:2:charge{first}", split),
        (f"order:2:charge{second}", 12 - split),
    ]


def test_more_than_there_is_moves_nothing(people: list[User]) -> None:
    with pytest.raises(IntegrityError, match="balance_not_negative"), transaction.atomic():
        hold_many(people, [(1, 5), (0, 20), (0, 16)], "cash_first")
    assert not rows()
    assert balance_of(people[1].pk, "cash") == 20


def test_two_orders_of_spending_of_one_customer_are_taken_one_by_one(people: list[User]) -> None:
    with pytest.raises(Error, match="one by one"), transaction.atomic():
        hold_many(people, [(0, 5), (0, 5)], "bonus_first", "cash_first")
    assert not rows()
    hold_many(people, [(0, 5), (1, 5)], "bonus_first", "cash_first")
    assert [balance_of(one.pk, "cash") for one in people] == [20, 15]
