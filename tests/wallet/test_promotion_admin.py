"""Promotions as operators type them: percents and money as people write them, clear refusals,
every change on record, and nothing that was promised changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ActLog, User
from tests.factories import MICROS
from tests.orders.pages import text_of
from tests.wallet.bonuses import promotion, with_code
from tests.wallet.payments import pay
from wallet.models import Promotion

ADD = reverse("admin:wallet_promotion_add")


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def form(**fields: Any) -> dict[str, Any]:
    """What the page sends."""
    return {
        "name": "Spring bonus",
        "code": "spring-5",
        "percent_hundredths": "7.5",
        "starts_at_0": "2026-01-01",
        "starts_at_1": "00:00:00",
        "per_customer_limit": "1",
        "is_on": "on",
        **fields,
    }


def change(kept: Promotion) -> str:
    return reverse("admin:wallet_promotion_change", args=[kept.pk])


def test_a_percent_is_typed_as_a_percent_and_logged(desk: Client) -> None:
    assert desk.post(ADD, form(most_micros="12.50")).status_code == 302
    made = Promotion.objects.get()
    assert (made.code, made.percent_hundredths, made.amount_micros) == ("SPRING-5", 750, None)
    assert (made.most_micros, made.minimum_micros) == (12_500_000, 0)
    logged = ActLog.objects.get()
    assert (logged.act, logged.target) == ("add promotion", f"promotion:{made.pk}")
    assert logged.changes["percent_hundredths"] == ["", "7.5"]


def test_a_sum_is_typed_as_money(desk: Client) -> None:
    sent = form(percent_hundredths="", amount_micros="2.50", minimum_micros="20", code="")
    assert desk.post(ADD, sent).status_code == 302
    made = Promotion.objects.get()
    assert (made.code, made.amount_micros, made.minimum_micros) == (None, 2_500_000, 20 * MICROS)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"percent_hundredths": "7.555"}, "at most two after the point"),
        ({"percent_hundredths": "100.01"}, "100 at most"),
        ({"percent_hundredths": "1e1"}, "Use digits"),
        ({"percent_hundredths": "٥"}, "Use digits"),
        ({"percent_hundredths": "0"}, "either a percentage or a sum"),
        ({"percent_hundredths": ""}, "either a percentage or a sum"),
        ({"amount_micros": "5"}, "either a percentage or a sum"),
        ({"most_micros": "0"}, "at most nothing"),
        ({"code": "a b"}, "3 to 32 letters"),
        ({"code": "ü-code"}, "3 to 32 letters"),
        ({"ends_at_0": "2025-12-31", "ends_at_1": "00:00:00"}, "later than the beginning"),
        ({"total_limit": "+5"}, "Use plain digits"),
    ],
)
def test_what_is_no_promotion_is_refused_in_words(
    desk: Client, fields: dict[str, str], said: str
) -> None:
    answer = desk.post(ADD, form(**fields))
    assert said in text_of(answer)
    assert not Promotion.objects.exists()


def test_a_code_is_given_once(desk: Client) -> None:
    promotion(code="SPRING-5")
    assert "already exists" in text_of(desk.post(ADD, form()))
    assert Promotion.objects.count() == 1


def test_before_anybody_used_it_everything_may_change(desk: Client) -> None:
    kept = promotion()
    assert desk.post(change(kept), form(percent_hundredths="10")).status_code == 302
    kept.refresh_from_db()
    assert (kept.percent_hundredths, kept.code) == (1000, "SPRING-5")


def test_what_a_use_was_promised_by_does_not_change(desk: Client, alice: User) -> None:
    kept = promotion()
    with_code(alice)
    sent = form(percent_hundredths="1", minimum_micros="900", total_limit="9", name="Summer")
    assert desk.post(change(kept), sent).status_code == 302
    kept.refresh_from_db()
    assert (kept.percent_hundredths, kept.minimum_micros, kept.code) == (500, 0, "TEST")
    assert (kept.total_limit, kept.name) == (9, "Summer")
    assert sorted(ActLog.objects.get().changes) == ["name", "starts_at", "total_limit"]
    assert "5 %" in text_of(desk.get(change(kept)))


def test_the_list_shows_uses_and_what_was_given(desk: Client, alice: User, bob: User) -> None:
    promotion(total_limit=10)
    pay(with_code(alice))
    pay(with_code(bob, 30 * MICROS))
    page = text_of(desk.get(reverse("admin:wallet_promotion_changelist")))
    assert "2 / 10" in page
    assert "$2.50" in page


def test_uses_and_bonuses_are_looked_at_only(desk: Client, alice: User) -> None:
    promotion()
    deposit = pay(with_code(alice))
    for name, row in (("redemption", deposit.redemption), ("bonusgrant", deposit.bonus_grant)):
        address = reverse(f"admin:wallet_{name}_change", args=[row.pk])
        assert desk.get(address).status_code == 200
        assert desk.post(address, {"state": "released"}).status_code == 403


def test_finance_looks_at_promotions_and_changes_none(client: Client, fiona: User) -> None:
    kept = promotion(most_micros=12_500_000)
    client.force_login(fiona)
    assert "$12.50" in text_of(client.get(change(kept)))
    assert client.post(change(kept), form()).status_code == 403
    assert client.post(ADD, form()).status_code == 403
