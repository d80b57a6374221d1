"""Where a customer is billed: asked on a page of its own; every change is logged (CAT-14)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts import countries
from accounts.billing import name_country
from accounts.models import ActLog, User

PAGE = "/account/country/"


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_naming_it_goes_back_to_where_it_was_needed(browser: Client, alice: User) -> None:
    form = browser.get(PAGE, {"return_to": "/orders/new/?service=3"}).content.decode()
    assert 'value="/orders/new/?service=3"' in form
    sent = {"country": "DE", "return_to": "/orders/new/?service=3"}
    assert browser.post(PAGE, sent)["Location"] == "/orders/new/?service=3"
    alice.refresh_from_db()
    assert alice.country == "DE"
    assert "Germany" in browser.get("/account/").content.decode()


def test_nobody_is_sent_to_another_site(browser: Client) -> None:
    sent = {"country": "DE", "return_to": "https://evil.example/"}
    assert browser.post(PAGE, sent)["Location"] == "/account/"


@pytest.mark.parametrize("typed", ["", "de", "XX", "DEU"])
def test_what_is_no_country_is_named_and_not_saved(
    browser: Client, alice: User, typed: str
) -> None:
    answer = browser.post(PAGE, {"country": typed})
    assert answer.status_code == 422
    assert b'id="id_country_error"' in answer.content
    alice.refresh_from_db()
    assert alice.country == ""


def test_each_change_is_logged_once(alice: User) -> None:
    for code in ("DE", "DE", "FR"):
        name_country(user=alice, country=code, ip="192.0.2.1")
    logged = ActLog.objects.filter(act="name country", target=f"user:{alice.pk}").order_by("pk")
    assert [(one.actor_id, one.changes, one.ip) for one in logged] == [
        (alice.pk, {"country": ["", "DE"]}, "192.0.2.1"),
        (alice.pk, {"country": ["DE", "FR"]}, "192.0.2.1"),
    ]


def test_staff_see_it(alice: User, sam: User, client: Client) -> None:
    name_country(user=alice, country="NZ")
    sam.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(sam)
    page = client.get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()
    assert '<div class="readonly">NZ</div>' in page


def test_every_country_has_a_code_of_its_own_and_a_name() -> None:
    codes = list(countries.NAMES)
    assert len(codes) == len(set(countries.choices())) == 249
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in codes)
    assert countries.name_of("DE") == "Germany"
    assert countries.name_of("") == ""
