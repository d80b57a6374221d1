"""Other currencies are shown beside dollars and change nothing (WAL-09)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ActLog, User
from tests.factories import MICROS, fund
from wallet import converting
from wallet.models import Account, DisplayRate, Transfer

pytestmark = pytest.mark.django_db


def rate(currency: str, per_dollar: int, *, days_ago: int = 0) -> DisplayRate:
    since = timezone.now() - timedelta(days=days_ago)
    return DisplayRate.objects.create(currency=currency, per_dollar_micros=per_dollar, since=since)


@pytest.mark.parametrize(
    ("currency", "per_dollar", "amount", "words"),
    [
        ("eur", 920_000, 50 * MICROS, "46.00 EUR"),
        ("eur", 500_000, 10_000, "0.01 EUR"),  # half a cent is rounded up
        ("jpy", 150_500_000, MICROS, "151 JPY"),
        ("kwd", 307_000, MICROS, "0.307 KWD"),
    ],
)
def test_it_is_near_to_the_smallest_coin(
    alice: User, currency: str, per_dollar: int, amount: int, words: str
) -> None:
    rate(currency, per_dollar)
    converting.choose(customer_id=alice.pk, currency=currency)
    shown = converting.near(customer_id=alice.pk, amount_micros=amount)
    assert shown is not None
    assert shown.words == words


def test_the_newest_rate_counts_and_says_since_when(alice: User) -> None:
    newest = rate("eur", 900_000)
    rate("eur", 500_000, days_ago=1)
    converting.choose(customer_id=alice.pk, currency="eur")
    shown = converting.near(customer_id=alice.pk, amount_micros=MICROS)
    assert shown == converting.Near(words="0.90 EUR", since=newest.since)
    assert [one.pk for one in converting.choices()] == [newest.pk]


def test_who_chose_nothing_sees_dollars_alone(alice: User) -> None:
    rate("eur", 900_000)
    assert converting.near(customer_id=alice.pk, amount_micros=MICROS) is None


def test_switching_changes_no_stored_amount(client: Client, alice: User) -> None:
    rate("eur", 900_000)
    fund(alice, 10 * MICROS)
    client.force_login(alice)
    before = list(Transfer.objects.values()), list(Account.objects.values())
    assert client.post("/wallet/currency/", {"currency": "eur"}).status_code == 302
    page = client.get("/wallet/").content.decode()
    assert "≈ <bdi>9.00 EUR</bdi>" in page
    assert "$10.00" in page
    assert (list(Transfer.objects.values()), list(Account.objects.values())) == before
    client.post("/wallet/currency/", {"currency": ""})
    assert "≈" not in client.get("/wallet/").content.decode()


def test_a_currency_without_a_rate_is_refused(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.post("/wallet/currency/", {"currency": "gbp"}).status_code == 422
    assert converting.chosen_by(customer_id=alice.pk) == ""


def test_operators_add_rates_and_nobody_changes_one(client: Client, olga: User) -> None:
    client.force_login(olga)
    sent = {"currency": "eur", "per_dollar_micros": "0.92"}
    assert client.post("/admin/wallet/displayrate/add/", sent).status_code == 302
    row = DisplayRate.objects.get()
    assert row.per_dollar_micros == 920_000
    assert ActLog.objects.filter(act="add displayrate").exists()
    client.post(f"/admin/wallet/displayrate/{row.pk}/change/", {**sent, "per_dollar_micros": "2"})
    row.refresh_from_db()
    assert row.per_dollar_micros == 920_000
