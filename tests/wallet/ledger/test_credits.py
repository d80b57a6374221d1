"""Money that comes in, and what the gateway kept of it."""

from __future__ import annotations

import pytest
from django.db import transaction

from accounts.models import User
from tests.wallet.ledger.acts import AT, USD, accounts, deposit, grant, lots, unsound
from wallet import ledger
from wallet.models import Transfer

pytestmark = pytest.mark.django_db


def book_fee(dollars: float) -> None:
    ledger.book_gateway_fee(
        gateway="demo", amount_micros=round(dollars * USD), reference="deposit:1", at=AT
    )


def test_the_gateways_fee_is_booked_once_and_costs_the_customer_nothing(alice: User) -> None:
    deposit(alice, 1, 50)
    for _again in range(2):
        book_fee(1.75)
    assert accounts(alice) == {"cash": 50, "gateway_clearing": -48.25, "gateway_fees": -1.75}


def test_a_fee_of_another_sum_is_refused(alice: User) -> None:
    book_fee(1.75)
    with pytest.raises(ledger.KeyReused), transaction.atomic():
        book_fee(1.76)


def test_a_fee_that_the_gateway_gives_back_is_booked_beside_the_first(alice: User) -> None:
    for _again in range(2):
        book_fee(1.75)
        book_fee(-1.75)
    assert accounts(alice) == {}
    assert Transfer.objects.count() == 2


def test_no_fee_is_no_transfer(alice: User) -> None:
    with pytest.raises(ledger.NothingToMove):
        book_fee(0)


def test_a_bonus_belongs_to_its_top_up_or_to_itself(alice: User) -> None:
    deposit(alice, 1, 50)
    grant(alice, 1, 5, tied_to=1)
    grant(alice, 2, 3)
    ledger.grant_goodwill(customer_id=alice.pk, amount_micros=2 * USD, reference="bonus:3", at=AT)
    assert lots(alice) == [
        ("deposit:1", "deposit", 50),
        ("deposit:1", "bonus", 5),
        ("bonus:2", "bonus", 3),
        ("bonus:3", "goodwill", 2),
    ]
    assert accounts(alice)["goodwill"] == -2
    assert unsound() == []


def test_a_bonus_is_granted_once(alice: User) -> None:
    for _again in range(2):
        grant(alice, 1, 5)
    with pytest.raises(ledger.KeyReused), transaction.atomic():
        grant(alice, 1, 6)
    with pytest.raises(ledger.KeyReused), transaction.atomic():
        grant(alice, 1, 5, tied_to=1)
    assert accounts(alice) == {"bonus": 5, "promotion": -5}
