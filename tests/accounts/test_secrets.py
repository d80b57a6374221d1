"""S-26: canaries of this app are in no log, no table and not in Redis, once used or sent."""

from __future__ import annotations

import logging
import re
from datetime import datetime

import pytest
from django.core import mail as django_mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts import api_keys, tasks
from accounts.models import ApiKey, User
from tests.accounts.door import last_mail, link_in, log_in, sign_up_form
from tests.accounts.opening import opened_by

PASSWORD = "canary password of nobody"


def every_text_in_the_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def every_text_in_redis() -> str:
    client = cache._cache.get_client()  # type: ignore[attr-defined]
    texts = []
    for key in client.keys("*"):
        kind = client.type(key)
        value = client.lrange(key, 0, -1) if kind == b"list" else client.dump(key)
        texts.append(f"{key!r} {value!r}")
    return "\n".join(texts)


@pytest.fixture
def canaries(terms: None, settings: Settings, now: datetime) -> dict[str, str]:
    """The secrets of a person who signed up, mistyped, made a key and asked for a reset."""
    settings.DEMO = False
    client = Client()
    form = sign_up_form(client, "eve@example.com", password1=PASSWORD)
    client.post("/account/signup/", form)
    confirm = link_in(last_mail())
    log_in(client, "eve@example.com", "canary mistyped")
    user = User.objects.get()
    _key, api_key = api_keys.create(user=user, name="bot", scope=ApiKey.Scope.READ, at=now)
    opened_by(secret=api_key, at=now, ip="203.0.113.1")
    client.post("/account/password/reset/", {"email": user.email})
    reset = link_in(last_mail())
    return {
        "password": PASSWORD,
        "mistyped password": "canary mistyped",
        "API key": api_key,
        "token of the reset link": reset.rstrip("/").rpartition("-")[2],
        "token of the confirmation link": confirm.rstrip("/").rpartition("/")[2],
    }


def test_the_search_finds_what_is_there(canaries: dict[str, str]) -> None:
    text = every_text_in_the_database()
    assert canaries["token of the reset link"] in text  # its mail was not sent yet
    assert "eve@example.com" in text
    cache.set("canary", "in the cage")
    assert "in the cage" in every_text_in_redis()


def test_no_secret_is_left_anywhere(
    canaries: dict[str, str],
    now: datetime,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG, logger="accounts")
    tasks.send_due_mails()
    assert len(django_mail.outbox) == 3
    printed = capfd.readouterr()
    places = {
        "database": every_text_in_the_database(),
        "redis": every_text_in_redis(),
        "log": caplog.text + printed.out + printed.err,
    }
    found = [(s, p) for s, secret in canaries.items() for p in places if secret in places[p]]
    assert found == []


def test_no_link_or_key_is_shown_by_an_error(canaries: dict[str, str]) -> None:
    key = canaries["API key"]
    assert key not in repr(ApiKey.objects.get()) + str(ApiKey.objects.get().__dict__)
    assert not re.search(r"canary", repr(User.objects.get().__dict__))
