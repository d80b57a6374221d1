"""Many windows of one customer open top-ups at once: together they stay within the limit of a day.
The twin counts without the customer's lock, and every window finds room."""

from __future__ import annotations

from contextlib import suppress

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.races import Gate, at_once
from tests.wallet.payments import opened
from wallet import ledger
from wallet.models import Deposit
from wallet.topups import caps, deposits

TIMES = 8


def open_at_once(customer: User) -> int:
    """Windows that each ask for more than half of the limit; returns how many top-ups there are."""

    def once() -> None:
        with suppress(deposits.DepositRefused):
            opened(customer, 60 * MICROS)

    at_once(TIMES, once)
    return Deposit.objects.count()


@pytest.fixture
def hundred_a_day(settings: Settings) -> None:
    settings.TOP_UP_DAILY_CAP = settings.TOP_UP_DAILY_CAP_NEW = "100"


def test_windows_at_once_stay_within_the_limit(
    fresh_db: TestDatabase, alice: User, hundred_a_day: None
) -> None:
    assert open_at_once(alice) == 1


def test_without_the_lock_every_window_finds_room(
    fresh_db: TestDatabase, alice: User, hundred_a_day: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caps, "refusal", Gate(TIMES).after(caps.refusal))
    monkeypatch.setattr(ledger, "lock", lambda _customer_id: None)
    assert open_at_once(alice) == TIMES
