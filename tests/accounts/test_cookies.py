"""S-17: what production settings make of every cookie that the panel sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.cookies import Morsel

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.accounts.door import log_in
from tests.cast import PASSWORD

PRINT = """
import json, smmpanel.settings as s
names = [n for n in dir(s) if n.startswith(("SESSION_COOKIE", "CSRF_COOKIE", "LANGUAGE_COOKIE"))]
print(json.dumps({n: getattr(s, n) for n in [*names, "IS_HTTPS", "MESSAGE_STORAGE"]}))
"""


@pytest.fixture(scope="module")
def production() -> dict[str, object]:
    """The cookie settings as they are without DEMO and DEBUG."""
    environ = {**os.environ, "DEMO": "0", "DEBUG": "0"}
    answer = subprocess.run(
        [sys.executable, "-c", PRINT], env=environ, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, object] = json.loads(answer.stdout)
    return found


def cookies_of_a_visit(user: User) -> dict[str, Morsel[str]]:
    """Every cookie of: the log-in page, a log-in, a message, a log-out."""
    client = Client()
    jar: dict[str, Morsel[str]] = dict(client.get("/account/login/", secure=True).cookies)
    form = {"login": user.email, "password": PASSWORD}
    jar |= client.post("/account/login/", form, secure=True).cookies
    jar |= client.post("/account/sessions/end/", secure=True).cookies
    return jar


def test_every_cookie_is_locked_to_the_host(
    alice: User, settings: Settings, production: dict[str, object]
) -> None:
    for name, value in production.items():
        setattr(settings, name, value)
    jar = cookies_of_a_visit(alice)
    assert set(jar) == {"__Host-session", "__Host-csrf", "__Host-device"}
    for cookie in jar.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_the_demo_on_plain_http_keeps_all_but_secure(alice: User) -> None:
    client = Client()
    jar = log_in(client, alice.email).cookies
    assert set(jar) == {"session", "csrf", "device"}
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in jar.values())


def test_the_device_cookie_names_nobody(alice: User) -> None:
    value = log_in(Client(), alice.email).cookies["device"].value
    assert "alice" not in value
    assert str(alice.pk) not in value.split(":")[0]


def test_forms_need_their_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    for address in ("/account/login/", "/account/signup/", "/account/password/reset/"):
        assert client.post(address, {"email": alice.email}).status_code == 403
    client.force_login(alice)
    for address in ("/account/", "/account/api-keys/", "/account/sessions/end/"):
        assert client.post(address, {}).status_code == 403
