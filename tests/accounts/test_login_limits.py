"""S-09: guessing is stopped, and never locks the owner out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisIsDown

from accounts import devices, login_limits
from accounts.models import User
from tests.accounts.door import forget_limits, is_in, last_mail, link_in, log_in
from tests.cast import PASSWORD

ALICE, BOB = "alice@example.com", "bob@example.com"
Count = Callable[[], int]


@pytest.fixture
def known(client: Client, alice: User) -> Client:
    """Alice's own browser, logged out."""
    log_in(client, ALICE, ip="198.51.100.1")
    client.post("/account/logout/")
    assert not is_in(client)
    return client


def guess(times: int, *, email: str = ALICE, addresses: int = 1, forwarded: str = "") -> list[int]:
    """Wrong tries of a stranger, spread over addresses; returns the statuses."""
    stranger = Client(headers={"X-Forwarded-For": forwarded} if forwarded else {})
    return [
        log_in(stranger, email, "wrong", ip=f"203.0.113.{number % addresses + 1}").status_code
        for number in range(times)
    ]


@pytest.mark.parametrize("addresses", [1, 50])
def test_a_hundred_guesses_test_ten_passwords(
    alice: User, hasher_runs: Count, addresses: int
) -> None:
    statuses = guess(100, addresses=addresses)
    assert statuses == [422] * 10 + [429] * 90
    assert hasher_runs() == 10


def test_without_the_limits_a_hundred_guesses_test_a_hundred(
    alice: User, hasher_runs: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_limits, "count_try", lambda _guess: None)
    assert guess(100) == [422] * 100
    assert hasher_runs() == 100


@pytest.mark.parametrize("ip", ["198.51.100.1", "203.0.113.1"])
def test_the_owner_logs_in_from_a_known_device_whatever_others_guess(
    known: Client, ip: str
) -> None:
    guess(100, addresses=1)
    guess(100, addresses=50)
    assert log_in(known, ALICE, ip=ip).status_code == 302
    assert is_in(known)


def test_a_stranger_with_the_right_password_waits_too(alice: User) -> None:
    guess(10)
    answer = log_in(Client(), ALICE, ip="198.51.100.9")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 300
    assert "Try again in 5 minutes" in answer.content.decode()


def test_the_owner_in_a_new_place_gets_in_by_mail(alice: User) -> None:
    guess(10)
    browser = Client()
    browser.post("/account/password/reset/", {"email": ALICE})
    address = browser.get(link_in(last_mail()).removeprefix("http://127.0.0.1:8000"))["Location"]
    new = {"password1": "a new long passphrase", "password2": "a new long passphrase"}
    assert browser.post(address, new).status_code == 302
    assert log_in(browser, ALICE, "a new long passphrase").status_code == 302


def test_one_password_for_many_people_is_stopped_by_the_address(
    alice: User, hasher_runs: Count
) -> None:
    statuses = [guess(1, email=f"person{number}@example.com")[0] for number in range(30)]
    assert statuses == [422] * 20 + [429] * 10
    assert hasher_runs() == 20


def test_an_unknown_email_is_limited_like_a_known_one(alice: User) -> None:
    assert guess(12, email="nobody@example.com") == [422] * 10 + [429] * 2


def test_a_header_cannot_make_another_address(alice: User) -> None:
    for number in range(20):
        guess(1, email=f"{number}@example.com", forwarded=f"192.0.2.{number}")
    assert guess(1, email="x@example.com", forwarded="192.0.2.99") == [429]


def test_right_passwords_never_count(alice: User) -> None:
    statuses = {log_in(Client(), ALICE).status_code for _time in range(25)}
    assert statuses == {302}


def test_a_known_device_has_ten_guesses_of_its_own(known: Client, hasher_runs: Count) -> None:
    statuses = [log_in(known, ALICE, "wrong").status_code for _time in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    assert log_in(Client(), ALICE).status_code == 302


def test_a_device_is_known_for_the_people_who_logged_in_there(known: Client, bob: User) -> None:
    guess(10, email=BOB)
    assert log_in(known, BOB).status_code == 429
    forget_limits()
    assert log_in(known, BOB).status_code == 302
    known.post("/account/logout/")
    guess(10, email=BOB)
    guess(10, email=ALICE)
    assert log_in(known, BOB).status_code == 302
    known.post("/account/logout/")
    assert log_in(known, ALICE).status_code == 302


def test_a_forged_cookie_makes_no_known_device(known: Client) -> None:
    genuine = known.cookies[devices.cookie_name()].value
    guess(10)
    for forged in (genuine[:-2] + "xx", "x:y:z", "", genuine + "é"):
        known.cookies[devices.cookie_name()] = forged
        assert log_in(known, ALICE).status_code == 429


def test_while_the_cache_is_down_nobody_guesses(
    alice: User, hasher_runs: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: object) -> None:
        raise RedisIsDown

    monkeypatch.setattr(cache, "get", down)
    assert log_in(Client(), ALICE).status_code == 429
    assert hasher_runs() == 0


def test_the_admin_has_no_log_in_of_its_own(alice: User, sam: User) -> None:
    stranger = Client()
    answer = stranger.get("/admin/login/?next=/admin/orders/")
    assert answer["Location"] == "/account/login/?next=/admin/orders/"
    form = {"username": sam.email, "password": PASSWORD}
    assert stranger.post("/admin/login/", form).status_code == 405
    log_in(stranger, alice.email)
    assert stranger.get("/admin/login/").status_code == 403


def test_a_proxy_that_we_run_tells_addresses_apart(alice: User, settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    for number in range(25):
        forwarded = f"198.51.100.7, 192.0.2.{number}"
        assert guess(1, email=f"{number}@example.com", forwarded=forwarded) == [422]
