"""The reports' numbers against the ledger, and their files."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.factories import MICROS
from tests.wallet.deciding import proposed
from tests.wallet.payments import opened, paid, pay
from wallet import ledger
from wallet.models import AccountKind, ClearingEntry, Decision, Deposit
from wallet.pots import pots_of
from wallet.reports import clearing
from wallet.reports import figures as reports

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
DAY = timedelta(days=1)
REPORTS = "/staff/payments/reports/"


@pytest.fixture
def history(alice: User) -> User:
    """$50 in, $10 ordered of which $4 delivered, $5 of goodwill: on three days."""
    ledger.deposit(
        customer_id=alice.pk,
        gateway="stripe",
        amount_micros=50 * MICROS,
        reference="deposit:1",
        at=NOW,
    )
    ledger.hold_for_order(
        customer_id=alice.pk, charge_micros=10 * MICROS, reference="order:1", at=NOW + DAY
    )
    ledger.refund(
        customer_id=alice.pk, due_micros=6 * MICROS, reference="order:1", at=NOW + 2 * DAY
    )
    ledger.settle(reference="order:1", at=NOW + 2 * DAY)
    ledger.grant_goodwill(
        customer_id=alice.pk, amount_micros=5 * MICROS, reference="bonus:1", at=NOW + 2 * DAY
    )
    return alice


def test_the_trial_balance_sums_to_zero_and_names_every_account(history: User) -> None:
    balance = reports.trial_balance(on=(NOW + 2 * DAY).date())
    dollars = {line.kind: line.balance / MICROS for line in balance.lines}
    assert dollars == {
        "cash": 46, "bonus": 5, "escrow": 0, "revenue": 4,
        "gateway_clearing": -50, "goodwill": -5,
    }  # fmt: skip
    assert (balance.sum, balance.debits) == (0, balance.credits)


def test_the_trial_balance_of_an_earlier_day_knows_nothing_of_later(history: User) -> None:
    dollars = {
        line.kind: line.balance / MICROS
        for line in reports.trial_balance(on=(NOW + DAY).date()).lines
    }
    assert dollars == {"cash": 40, "escrow": 10, "gateway_clearing": -50}
    assert reports.trial_balance(on=(NOW - DAY).date()).lines == []


def test_what_is_owed_to_customers_day_by_day(history: User) -> None:
    first = NOW.date()
    days = reports.liability(since=first - DAY, until=first + 3 * DAY)
    assert [day.total // MICROS for day in days] == [0, 50, 50, 51, 51]
    assert [day.escrow // MICROS for day in days] == [0, 0, 10, 0, 0]
    later = reports.liability(since=first + 2 * DAY, until=first + 2 * DAY)
    assert (later[0].cash, later[0].bonus) == (46 * MICROS, 5 * MICROS)


def test_the_last_day_is_what_the_accounts_hold(alice: User, fiona: User) -> None:
    paid(alice)
    proposed(Decision.Kind.GOODWILL, alice, by=fiona, dollars=5)
    today = timezone.now().astimezone(UTC).date()
    day = reports.liability(since=today, until=today)[0]
    pots = pots_of(customer_id=alice.pk)
    assert (day.cash, day.bonus, day.total) == (pots.cash, pots.bonus, pots.total)


def entry(number: str, *, cents: int, fee: int = 0, kind: str = "charge", **more: object) -> None:
    fields: dict[str, object] = {
        "gateway": "stripe",
        "entry_id": f"txn_{number}_{kind}",
        "kind": kind,
        "source_id": number,
        "gross_micros": cents * 10_000,
        "fee_micros": fee * 10_000,
        "currency": "usd",
        "created_at": timezone.now(),
    }
    ClearingEntry.objects.create(**(fields | more))


def charged(customer: User, charge_id: str) -> Deposit:
    """A paid top-up of 25.00 whose fee of 1.00 is booked."""
    deposit = pay(opened(customer), payment_id=f"pi_{charge_id}")
    Deposit.objects.filter(pk=deposit.pk).update(charge_id=charge_id)
    ledger.book_gateway_fee(
        gateway="stripe", amount_micros=MICROS, reference=deposit.reference, at=timezone.now()
    )
    return deposit


def compared() -> list[clearing.Difference]:
    today = timezone.now().astimezone(UTC).date()
    return clearing.differences(gateway="stripe", since=today, until=today)


def test_books_that_agree_have_no_difference(alice: User) -> None:
    charged(alice, "ch_1")
    entry("ch_1", cents=2500, fee=100)
    assert compared() == []
    today = timezone.now().astimezone(UTC).date()
    days = clearing.days(gateway="stripe", since=today, until=today)
    assert [(day.ours, day.theirs, day.difference) for day in days] == [
        (24 * MICROS, 24 * MICROS, 0)
    ]


def test_each_thing_that_differs_is_a_line(alice: User) -> None:
    wrong_fee, missing = charged(alice, "ch_1"), charged(alice, "ch_2")
    entry("ch_1", cents=2500, fee=150)
    entry("re_9", cents=-700, kind="refund")
    found = {one.number: (one.references, one.difference) for one in compared()}
    assert found == {
        "ch_1": ([wrong_fee.reference], -MICROS // 2),
        "ch_2": ([missing.reference], -24 * MICROS),
        "re_9": ([], -7 * MICROS),
    }


def test_another_day_is_no_difference_and_neither_is_a_payout_to_the_bank(alice: User) -> None:
    charged(alice, "ch_1")
    entry("ch_1", cents=2500, fee=100, created_at=timezone.now() - 2 * DAY)
    entry("po_1", cents=-2400, kind="payout")
    assert compared() == []


def test_what_has_no_number_there_stands_under_its_own(alice: User) -> None:
    deposit = paid(alice)
    entry("", cents=-50, kind="stripe_fee")
    assert {one.number: one.ours for one in compared()} == {
        deposit.reference: 25 * MICROS,
        "txn__stripe_fee": 0,
    }


@pytest.mark.parametrize("name", ["trial-balance", "liability", "clearing"])
def test_each_report_has_a_page_and_a_file(
    name: str, client: Client, alice: User, fiona: User
) -> None:
    charged(alice, "ch_1")
    entry("=ch_2", cents=100)
    client.force_login(fiona)
    assert "$25.00" in client.get(f"{REPORTS}{name}/").text or name == "clearing"
    answer = client.get(f"{REPORTS}{name}/", {"format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert len(rows) > 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_the_file_says_the_same_as_the_page(client: Client, alice: User, fiona: User) -> None:
    paid(alice)
    client.force_login(fiona)
    answer = client.get(f"{REPORTS}trial-balance/", {"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert rows[1:] == [
        ["Cash", "0.00", "25.00", "25.00"],
        ["Gateway clearing: stripe", "25.00", "0.00", "-25.00"],
    ]


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-03-10", "until": "2026-03-09"},
        {"since": "2024-01-01", "until": "2026-01-01"},
        {"since": "no day", "until": "2026-03-09"},
        {"since": "9999-12-31", "until": "0001-01-01"},
    ],
)
@pytest.mark.parametrize("name", ["liability", "clearing"])
def test_days_that_make_no_range_are_refused_in_words(
    name: str, query: dict[str, str], client: Client, fiona: User
) -> None:
    client.force_login(fiona)
    page = client.get(f"{REPORTS}{name}/", query)
    assert page.status_code == 422
    assert "errorlist" in page.text


def test_the_first_and_the_last_day_there_are_break_nothing(client: Client, fiona: User) -> None:
    client.force_login(fiona)
    for day in ("0001-01-01", "9999-12-31"):
        assert client.get(f"{REPORTS}trial-balance/", {"on": day}).status_code in (200, 422)
        query = {"since": day, "until": day}
        for name in ("liability", "clearing"):
            assert client.get(f"{REPORTS}{name}/", query).status_code in (200, 422), (name, day)


def test_every_kind_of_account_has_a_place_in_the_report() -> None:
    assert set(AccountKind) == set(reports._ORDER)
