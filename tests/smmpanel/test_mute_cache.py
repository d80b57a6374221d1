"""A cache that takes connections and says nothing is a cache that is down, and soon known to be."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import admission, api_keys, switches
from accounts.models import ApiKey, KillSwitch, User
from tests.accounts.door import log_in
from tests.factories import fund, service
from tests.orders.api.program import program

LONGEST_SECONDS = 3  # for what asks once or twice; one that never gives up would take for ever


@pytest.fixture
def mute_cache(settings: Settings) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        caches = deepcopy(settings.CACHES)
        caches["default"]["LOCATION"] = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        settings.CACHES = caches
        yield


@contextmanager
def soon() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONGEST_SECONDS


def test_api_calls_do_not_notice(alice: User, mute_cache: None, settings: Settings) -> None:
    settings.API_RATE_PER_MINUTE = 1
    now = timezone.now()
    _, secret = api_keys.create(user=alice, name="script", scope=ApiKey.Scope.READ, at=now)
    knock = partial(admission.admit, secret=secret, ip="203.0.113.1", is_in_query=False, at=now)
    with soon():
        knock()
        with pytest.raises(admission.Refused):
            knock()


def test_an_order_of_a_program_does_not_notice(terms: None, alice: User, mute_cache: None) -> None:
    fund(alice)
    fields = {"service": service().pk, "link": "https://example.com/p/1", "quantity": 1000}
    with soon():
        assert "order" in program(alice).ask(action="add", **fields)


def test_switches_are_read_from_their_table(db: None, mute_cache: None) -> None:
    part = KillSwitch.Part.ORDERS
    KillSwitch.objects.create(part=part, reason="Closed.")
    with soon():
        assert switches.reason_off(part) == "Closed."


def test_nobody_guesses_a_password(alice: User, mute_cache: None) -> None:
    with soon():
        assert log_in(Client(), alice.email).status_code == 429


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/account/password/reset/", {"email": "somebody@example.com"}),
        ("/account/signup/", {"email": "somebody@example.com", "password1": "a long pass phrase"}),
    ],
)
def test_what_counts_tries_asks_to_come_back(
    terms: None, mute_cache: None, path: str, sent: dict[str, str]
) -> None:
    answer = Client().post(path, sent)
    assert answer.status_code == 503
    assert "try again in a minute" in answer.content.decode()
