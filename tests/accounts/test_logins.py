"""Every log-in leaves a line: when, from where, with what (CHB-06)."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Login, OutboundMail, User
from tests.cast import PASSWORD


def log_in(
    client: Client, user: User, *, password: str = PASSWORD, agent: str = "Browser/1"
) -> None:
    client.post(
        "/account/login/",
        {"login": user.email, "password": password},
        headers={"User-Agent": agent},
        REMOTE_ADDR="203.0.113.9",
    )


def test_a_log_in_is_kept_with_address_and_browser(client: Client, alice: User) -> None:
    log_in(client, alice)
    (login,) = Login.objects.all()
    assert (login.user, login.ip, login.user_agent) == (alice, "203.0.113.9", "Browser/1")


@pytest.mark.parametrize("agent", ["b" * 500, "a\0b"])
def test_no_header_is_too_long_or_too_odd(client: Client, alice: User, agent: str) -> None:
    log_in(client, alice, agent=agent)
    assert Login.objects.get().user_agent == agent.replace("\0", "")[:200]


def test_a_failed_attempt_is_none(client: Client, alice: User) -> None:
    log_in(client, alice, password="wrong")
    assert not Login.objects.exists()


def told(user: User) -> list[str]:
    mails = OutboundMail.objects.filter(key__startswith="log-in:", recipient=user.email)
    return list(mails.values_list("body", flat=True))


def test_a_browser_that_was_not_here_before_is_told_to_the_owner(alice: User) -> None:
    at_home, elsewhere = Client(), Client()
    log_in(at_home, alice)
    assert told(alice) == []
    log_in(elsewhere, alice, agent="<b>Write to me</b>")
    (body,) = told(alice)
    assert "203.0.113.9" in body
    assert "/account/compromised/" in body
    # What a browser says of itself is for whoever logs in to choose: it stays out of the mail.
    assert "Write to me" not in body


def test_a_known_browser_is_not_told(alice: User) -> None:
    at_home = Client()
    for _time in range(3):
        log_in(at_home, alice)
        at_home.post("/account/logout/")
    assert Login.objects.count() == 3
    assert told(alice) == []


def test_the_owner_sees_the_last_log_ins_and_nobody_elses(alice: User, bob: User) -> None:
    log_in(Client(), bob, agent="Of Bob/1")
    client = Client()
    for number in range(11):
        log_in(client, alice, agent=f"Mine/{number}<")
        client.post("/account/logout/")
    log_in(client, alice, agent="Now/1")
    page = client.get("/account/").content.decode()
    assert "Now/1" in page
    assert "Mine/2&lt;" in page
    assert "Mine/1&lt;" not in page
    assert "Of Bob" not in page
    assert "203.0.113.9" in page
