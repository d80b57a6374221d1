"""A balance that runs out is told once, and the case closes itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import Case, OutboundMail, User
from services.health import balances, funds
from services.models import BalanceReading, Provider, ProviderHealth
from tests import factories

DAY = timedelta(days=1)
DOLLAR = 1_000_000


@pytest.mark.parametrize(
    ("balance", "spent", "watched", "days"),
    [
        (70, 70, 7 * DAY, 7),
        (70, 70, 30 * DAY, 7),  # what was spent is of one week
        (10, 10, timedelta(hours=1), 1),  # judged by a day, not by an hour
        (10, 10, 2 * DAY, 2),
        (-5, 10, 7 * DAY, 0),
        (5, 0, 7 * DAY, None),
        (0, 0, 7 * DAY, 0),
        (2**60, 1, 7 * DAY, 36_500),
    ],
)
def test_how_long_a_balance_lasts(
    now: datetime, balance: int, spent: int, watched: timedelta, days: int | None
) -> None:
    found = balances.days_left(
        balance_micros=balance, spent_micros=spent, read_since=now - watched, at=now
    )
    assert found == days


@pytest.fixture
def spending(provider: Provider, now: datetime) -> Provider:
    """Ten dollars a day."""
    ProviderHealth.objects.create(provider=provider, spent_micros=60 * DOLLAR, measured_at=now)
    read(provider, 90, at=now - 6 * DAY)
    return provider


def read(provider: Provider, dollars: int, *, at: datetime) -> None:
    BalanceReading.objects.create(
        provider=provider, amount_micros=dollars * DOLLAR, currency="USD", read_at=at
    )


def test_a_low_balance_is_one_case_and_one_mail_until_it_is_topped_up(
    spending: Provider, olga: User, now: datetime
) -> None:
    read(spending, 20, at=now)
    for _ in range(3):
        funds.warn(at=now)
    assert Case.objects.open().get().kind == Case.Kind.PROVIDER_FUNDS
    mail = OutboundMail.objects.get()
    assert (mail.recipient, mail.subject) == (
        olga.email,
        "The balance at Provider A lasts 2 days",
    )
    read(spending, 200, at=now + timedelta(minutes=1))
    funds.warn(at=now + timedelta(minutes=2))
    assert not Case.objects.open().exists()


@pytest.mark.parametrize(("cents", "lasts"), [(0, False), (4, False), (5, True)])
def test_a_balance_that_pays_no_order_does_not_last(
    provider: Provider, now: datetime, cents: int, lasts: bool
) -> None:
    """Ten views cost five cents, and nothing was spent of late: nothing could be ordered."""
    offer = factories.offer(provider=provider, cost_micros=5 * DOLLAR)
    factories.service(provider_service=offer, min_quantity=10)
    BalanceReading.objects.create(
        provider=provider, amount_micros=cents * DOLLAR // 100, currency="USD", read_at=now
    )
    funds.warn(at=now)
    funds.warn(at=now)
    assert Case.objects.open().exists() is not lasts


def test_a_package_costs_its_whole_price(provider: Provider) -> None:
    offer = factories.offer(provider=provider, cost_micros=10**15)
    factories.service(provider_service=offer, type="package", min_quantity=1, max_quantity=1)
    factories.service(provider_service=offer, min_quantity=2**31 - 1, max_quantity=2**31 - 1)
    assert balances.least_orders([provider.pk]) == {provider.pk: 10**15}


def test_a_balance_at_the_limit_does_not_open_and_close_its_case_by_turns(
    spending: Provider, now: datetime
) -> None:
    for minute, dollars in enumerate((29, 31, 29, 39, 41)):
        read(spending, dollars, at=now + minute * timedelta(minutes=1))
        funds.warn(at=now + minute * timedelta(minutes=1))
        assert Case.objects.open().exists() == (dollars < 40)
    assert OutboundMail.objects.count() == 1


def test_a_provider_that_nobody_orders_from_is_not_warned_of(
    olga: User, provider: Provider, now: datetime
) -> None:
    read(provider, 0, at=now)
    read(factories.provider(), 0, at=now)
    funds.warn(at=now)
    assert not Case.objects.exists()
