"""Many windows of one customer open top-ups at once: together they stay within the limit of a day.
The twin counts without the customer's lock, and every window finds room."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.wallet.payments import opened
from wallet import ledger
from wallet.models import Deposit
from wallet.topups import caps, deposits

TIMES = 8


def open_at_once(customer: User) -> int:
    """Windows that each ask for more than half of the limit; returns how many top-ups there are."""

    def once(_number: int) -> None:
        try:
            opened(customer, 60 * MICROS)
        except deposits.DepositRefused:
            return
        finally:
            connection.close()

    with ThreadPoolExecutor(TIMES) as pool:
        list(pool.map(once, range(TIMES)))
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
    all_have_counted = threading.Barrier(TIMES)
    count = caps.refusal

    def refusal(*, customer_id: int, amount_micros: int, at: datetime) -> str | None:
        found = count(customer_id=customer_id, amount_micros=amount_micros, at=at)
        all_have_counted.wait(timeout=30)
        return found

    monkeypatch.setattr(caps, "refusal", refusal)
    monkeypatch.setattr(ledger, "lock", lambda _customer_id: None)
    assert open_at_once(alice) == TIMES
