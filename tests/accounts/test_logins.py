"""Every log-in leaves a line: when, from where, with what (CHB-06)."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Login, User
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
