"""Sums by day: the same as the transfers say, kept or not, however often they are kept."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User
from tests.factories import MICROS
from wallet import ledger
from wallet.models import AccountKind, DailyTotal, Transfer
from wallet.reports.days import SETTLING_DAYS, moved, roll_up

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def top_up(customer: User, number: int, *, at: datetime, dollars: int = 10) -> None:
    ledger.deposit(
        customer_id=customer.pk,
        gateway="stripe",
        amount_micros=dollars * MICROS,
        reference=f"deposit:{number}",
        at=at,
    )


@pytest.fixture
def ten_days(alice: User) -> User:
    """A top-up of ten dollars a day, and a fee of one."""
    for number in range(10):
        at = START + number * DAY
        top_up(alice, number, at=at)
        ledger.book_gateway_fee(
            gateway="stripe", amount_micros=MICROS, reference=f"deposit:{number}", at=at
        )
    return alice


def by_transfers(until: date) -> Counter[str]:
    """Credits less debits by kind of account, asked of every transfer."""
    sums: Counter[str] = Counter()
    for transfer in Transfer.objects.select_related("debit_account", "credit_account"):
        if transfer.created_at.date() <= until:
            sums[transfer.debit_account.kind] -= transfer.amount_micros
            sums[transfer.credit_account.kind] += transfer.amount_micros
    return sums


def by_days(until: date) -> Counter[str]:
    sums: Counter[str] = Counter()
    for one in moved(until=until):
        sums[one.kind] += one.net
    return sums


@pytest.mark.parametrize("kept_until", [None, 2, 6, 10])
@pytest.mark.parametrize("asked", [0, 4, 9, 30])
def test_the_sums_are_those_of_the_transfers(
    ten_days: User, kept_until: int | None, asked: int
) -> None:
    if kept_until is not None:
        roll_up(at=START + kept_until * DAY)
    until = (START + asked * DAY).date()
    assert by_days(until) == by_transfers(until)
    assert sum(by_days(until).values()) == 0


def test_only_days_that_are_over_are_kept(ten_days: User) -> None:
    roll_up(at=START + 4 * DAY)
    assert DailyTotal.objects.latest("on").on == date(2026, 3, 4)


def test_keeping_twice_changes_nothing(ten_days: User) -> None:
    roll_up(at=START + 6 * DAY)
    before = list(DailyTotal.objects.order_by("pk").values())
    assert roll_up(at=START + 6 * DAY) > 0
    assert list(DailyTotal.objects.order_by("pk").values()) == before


def test_missed_nights_are_caught_up(ten_days: User) -> None:
    roll_up(at=START + 2 * DAY)
    roll_up(at=START + 9 * DAY)
    caught_up = list(DailyTotal.objects.order_by("on", "kind").values_list("on", "kind"))
    DailyTotal.objects.all().delete()
    roll_up(at=START + 9 * DAY)
    assert list(DailyTotal.objects.order_by("on", "kind").values_list("on", "kind")) == caught_up


def test_a_transfer_that_was_written_late_is_counted(ten_days: User) -> None:
    """It carries the time of its cause, a day that was kept before."""
    roll_up(at=START + 9 * DAY)
    top_up(ten_days, 100, at=START + (9 - SETTLING_DAYS) * DAY)
    until = (START + 9 * DAY).date()
    assert by_days(until) == by_transfers(until)
    roll_up(at=START + 10 * DAY)
    assert by_days(until) == by_transfers(until)


def test_kept_sums_are_what_is_asked_not_the_transfers(ten_days: User) -> None:
    """A twin: were the transfers walked through each time, a changed sum would not show."""
    roll_up(at=START + 9 * DAY)
    DailyTotal.objects.filter(on=START.date(), kind=AccountKind.CASH).update(credits_micros=1)
    until = (START + 9 * DAY).date()
    assert by_days(until) != by_transfers(until)


def test_clearing_accounts_of_two_gateways_stay_apart(alice: User) -> None:
    for number, gateway in enumerate(("stripe", "manual")):
        ledger.deposit(
            customer_id=alice.pk,
            gateway=gateway,
            amount_micros=MICROS,
            reference=f"deposit:{number}",
            at=START,
        )
    labels = {one.label for one in moved(until=START.date()) if one.label}
    assert labels == {"stripe", "manual"}
