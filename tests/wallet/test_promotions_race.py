"""Twenty people, or one with twenty windows, press at once: a single-use code gives one bonus.
The twin looks without the promotion's lock, and gives it to everybody."""

from __future__ import annotations

from functools import partial

import pytest
from django.db.models import QuerySet

from accounts.models import User
from tests import cast
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.races import Gate, all_at_once
from tests.wallet.bonuses import promotion, with_code
from tests.wallet.payments import pay
from wallet import verification
from wallet.models import BonusGrant, Deposit, Promotion, Redemption
from wallet.topups import deposits, promotions

TIMES = 20


def top_up(customers: list[User]) -> list[Deposit]:
    """Everybody opens a top-up with the code; those that were opened are paid at once, too."""

    def open_one(customer: User) -> Deposit | None:
        try:
            return with_code(customer)
        except deposits.DepositRefused:
            return None

    found = all_at_once(*[partial(open_one, customer) for customer in customers])
    return all_at_once(*[partial(pay, deposit) for deposit in found if deposit])


@pytest.fixture
def crowd(fresh_db: TestDatabase, terms: None) -> list[User]:
    return [cast.person(f"person{number}") for number in range(TIMES)]


def test_twenty_people_with_a_single_use_code_get_one_bonus(crowd: list[User]) -> None:
    promotion(total_limit=1, per_customer_limit=None)
    assert len(top_up(crowd)) == 1
    assert [grant.amount_micros for grant in BonusGrant.objects.all()] == [MICROS]
    assert Redemption.objects.count() == 1
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []


def test_twenty_windows_of_one_person_get_one_bonus(fresh_db: TestDatabase, alice: User) -> None:
    promotion(total_limit=None, per_customer_limit=1)
    assert len(top_up([alice] * TIMES)) == 1
    assert BonusGrant.objects.count() == 1


def test_without_the_promotions_lock_everybody_gets_it(
    crowd: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody has counted the uses before anybody writes one."""
    promotion(total_limit=1, per_customer_limit=None)

    def unlocked(rows: QuerySet[Promotion], **_of: object) -> QuerySet[Promotion]:
        return rows

    monkeypatch.setattr(promotions, "_used_up", Gate(TIMES).after(promotions._used_up))
    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    assert len(top_up(crowd)) == TIMES
    assert BonusGrant.objects.count() == TIMES
