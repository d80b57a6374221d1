"""S-15: a session begins anew at log-in and ends when it must."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import middleware, sessions
from accounts.models import User
from accounts.standing import change_standing
from tests.accounts.door import is_in, log_in
from tests.cast import PASSWORD

HOUR = 3600


class Clock:
    """What the middleware takes for the time."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(middleware, "time", clock)
    return clock


def browser(user: User) -> Client:
    client = Client()
    log_in(client, user.email)
    return client


def session_id(client: Client) -> str:
    return client.cookies["session"].value


def test_an_id_from_before_the_log_in_is_worth_nothing(alice: User) -> None:
    client = Client()
    client.session.save()
    planted = session_id(client)
    log_in(client, alice.email)
    assert session_id(client) != planted
    client.cookies["session"] = planted
    assert not is_in(client)


def test_logging_out_ends_the_session_on_the_server(alice: User) -> None:
    client = browser(alice)
    stolen = session_id(client)
    client.post("/account/logout/")
    client.cookies["session"] = stolen
    assert not is_in(client)


def test_logging_out_takes_a_post(alice: User) -> None:
    client = browser(alice)
    client.get("/account/logout/")
    assert is_in(client)


def test_a_new_password_ends_the_other_sessions(alice: User) -> None:
    here, there = browser(alice), browser(alice)
    before = session_id(here)
    new = "quite another passphrase"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/account/password/change/", form).status_code == 302
    assert is_in(here)
    assert session_id(here) != before
    assert not is_in(there)


def test_logging_out_everywhere_else_leaves_this_session(alice: User, bob: User) -> None:
    """ACC-08."""
    here, there, stranger = browser(alice), browser(alice), browser(bob)
    before = session_id(here)
    assert here.post("/account/sessions/end/").status_code == 302
    assert [is_in(client) for client in (here, there, stranger)] == [True, False, True]
    assert session_id(here) != before


def test_a_suspended_customer_is_out_at_once_and_for_good(
    alice: User, olga: User, now: datetime
) -> None:
    """ACC-06."""
    client = browser(alice)
    for standing in (User.Standing.SUSPENDED, User.Standing.ACTIVE):
        change_standing(user=alice, standing=standing, reason="AUP", actor=olga, at=now)
        assert not is_in(client)
    assert is_in(browser(alice))


def test_other_rights_end_the_session(sam: User) -> None:
    client = browser(sam)
    sessions.end_all(user=sam)
    assert not is_in(client)


def test_staff_are_out_after_half_an_hour_without_a_touch(sam: User, clock: Clock) -> None:
    client = browser(sam)
    for _touch in range(3):
        clock.now += HOUR / 2
        assert is_in(client)
    clock.now += HOUR / 2 + 1
    answer = client.get("/account/", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/login/?next=/account/"
    assert "logged out for safety" in answer.content.decode()


def test_a_page_that_refreshes_itself_keeps_nobody_logged_in(sam: User, clock: Clock) -> None:
    client = browser(sam)
    assert is_in(client)
    for _refresh in range(9):
        clock.now += HOUR / 16
        client.get("/account/", headers={"HX-Request": "true"})
    assert not is_in(client)


def test_staff_are_out_after_twelve_hours_whatever_they_do(sam: User, clock: Clock) -> None:
    client = browser(sam)
    assert is_in(client)
    for _touch in range(48):
        clock.now += HOUR / 4
        assert is_in(client)
    clock.now += 1
    assert not is_in(client)


def test_customers_stay(alice: User, clock: Clock) -> None:
    client = browser(alice)
    clock.now += 24 * HOUR
    assert is_in(client)


@pytest.mark.parametrize(
    ("own", "cookie", "shown"),
    [
        ("Asia/Tokyo", "Europe/Rome", "Asia/Tokyo"),
        ("", "Europe/Rome", "Europe/Rome"),
        ("", "../../etc/passwd", "UTC"),
        ("Old/Name", "", "UTC"),
        ("", "", "UTC"),
    ],
)
def test_times_are_in_the_zone_of_the_person_or_the_browser(
    alice: User, settings: Settings, own: str, cookie: str, shown: str
) -> None:
    seen: list[str] = []
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.accounts.test_sessions.note_zone"]
    NOTED[:] = [seen]
    User.objects.filter(pk=alice.pk).update(time_zone=own)
    client = browser(alice)
    client.cookies["tz"] = cookie
    client.get("/account/")
    assert seen[-1] == shown
    assert timezone.get_current_timezone_name() == "UTC"


NOTED: list[list[str]] = []


def note_zone(get_response: middleware.GetResponse) -> middleware.GetResponse:
    """A middleware that writes down the zone in force inside of the panel's own."""

    def call(request: HttpRequest) -> HttpResponseBase:
        NOTED[0].append(timezone.get_current_timezone_name())
        return get_response(request)

    return call
