"""What programs called, for the account's owner (API-05)."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from pytest_django import Settings

from accounts import tasks, usage
from accounts.admission import Caller
from accounts.models import ApiCall, ApiKey, User
from smmpanel.beat import NIGHTLY
from smmpanel.embedded.runtime import PROJECT
from tests.databases import TestDatabase

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _note(
    user: User | None,
    *,
    said: str = "",
    ip: str = "203.0.113.7",
    at: datetime = AT,
    http_status: int = 200,
) -> None:
    usage.note(
        user_id=user.pk if user else None,
        key_prefix="panel_ab12",
        api=ApiCall.Api.V2,
        action="add",
        http_status=http_status,
        code="not_enough_funds",
        said=said,
        ip=ip,
        took_ms=7,
        at=at,
    )


def test_a_call_is_a_row_of_its_account_a_moment_later(alice: User) -> None:
    _note(alice, said="Not enough funds on balance")
    assert not ApiCall.objects.exists()
    assert usage.flush() == 1
    call = ApiCall.objects.get(user=alice)
    assert (call.api, call.key_prefix) == ("v2", "panel_ab12")
    assert (call.action, call.ip) == ("add", "203.0.113.7")
    assert (call.http_status, call.code) == (200, "not_enough_funds")
    assert call.said == "Not enough funds on balance"
    assert (call.took_ms, call.is_sandbox, call.at) == (7, False, AT)


def test_calls_beyond_a_limit_are_one_row_a_minute(alice: User, bob: User) -> None:
    for seconds in range(0, 120, 10):
        for user in (alice, bob):
            _note(user, at=AT + timedelta(seconds=seconds), http_status=429)
    usage.flush()
    assert [ApiCall.objects.filter(user=user).count() for user in (alice, bob)] == [2, 2]


def test_a_caller_says_whose_call_it_was(alice: User) -> None:
    caller = Caller(
        key_id=1,
        customer_id=alice.pk,
        prefix="panel_cd34",
        scope=ApiKey.Scope.READ,
        is_sandbox=True,
        is_strict=False,
        errors=ApiKey.Errors.SENTENCES,
        repeat_window_seconds=0,
    )
    usage.note(
        caller=caller,
        api=ApiCall.Api.V3,
        action="GET /orders",
        http_status=200,
        ip="203.0.113.7",
        took_ms=3,
        at=AT,
    )
    usage.flush()
    call = ApiCall.objects.get()
    assert (call.user_id, call.key_prefix, call.is_sandbox) == (alice.pk, "panel_cd34", True)


def test_each_call_is_one_line_of_the_log_at_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="api.calls"):
        _note(None)
    (line,) = caplog.messages
    assert line == (
        "api=v2 key=panel_ab12 user=- action=add status=200 code=not_enough_funds"
        " ip=203.0.113.7 ms=7"
    )


def test_a_call_of_nobody_is_in_the_log_alone(db: None) -> None:
    _note(None)
    assert usage.flush() == 0


def test_while_the_database_is_away_rows_wait_and_calls_go_on(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_rows: object) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(usage, "_copy", away)
        _note(alice, said="first")
        assert usage.flush() == 0
        _note(alice, said="second")
    assert usage.flush() == 2
    assert list(ApiCall.objects.order_by("pk").values_list("said", flat=True)) == [
        "first",
        "second",
    ]


def test_a_full_buffer_drops_and_says_how_many(
    alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(usage, "MOST_WAITING", 2)
    for _turn in range(5):
        _note(alice)
    assert usage.flush() == 2
    assert "3 API calls are missing in the list: too many waited" in caplog.messages


def test_a_row_that_nobody_can_store_does_not_hold_up_the_others(alice: User) -> None:
    _note(alice, said="before")
    _note(alice, ip="no address")
    _note(alice, said="with a \0 and half a pair \ud800, then " + "more " * 60)
    usage.flush()
    said = list(ApiCall.objects.order_by("pk").values_list("said", flat=True))
    assert said[0] == "before"
    assert said[1].startswith("with a  and half a pair ?, then more")
    assert (len(said), len(said[1])) == (2, 200)


def test_rows_are_forgotten_after_the_days_that_the_operator_keeps(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_CALLS_KEPT_DAYS = 10
    monkeypatch.setattr(usage, "_FORGOTTEN_AT_ONCE", 2)
    for days in (13, 12, 11, 10, 9):
        _note(alice, said=f"{days} days ago", at=AT - timedelta(days=days))
    usage.flush()
    assert usage.forget_old(at=AT) == 3
    assert ApiCall.objects.order_by("pk").first() == ApiCall.objects.get(said="10 days ago")


def test_a_night_forgets_old_rows(alice: User) -> None:
    _note(alice, at=AT - timedelta(days=400))
    usage.flush()
    tasks.forget_old_calls()
    assert not ApiCall.objects.exists()
    assert "accounts.tasks.forget_old_calls" in NIGHTLY


# Both ways in which a process ends: as the main one, and as a child of multiprocessing.
PROGRAM = """
import multiprocessing
import django
django.setup()
from django.db import connection
from django.utils import timezone
from accounts import usage
from accounts.models import ApiCall, User
from tests.waiting import wait_until

def note(user_id, said):
    usage.note(user_id=user_id, key_prefix="panel_ab12", api=ApiCall.Api.V2, action="add",
               http_status=200, said=said, ip="203.0.113.7", took_ms=1, at=timezone.now())

user_id = User.objects.create_user("reseller@example.com").pk
note(user_id, "of the thread")
wait_until(lambda: ApiCall.objects.filter(said="of the thread").exists())
note(user_id, "at the end")
connection.close()
child = multiprocessing.get_context("fork").Process(target=note, args=[user_id, "of a child"])
child.start()
child.join()
"""


def test_a_thread_writes_and_no_process_ends_with_rows_in_hand(fresh_db: TestDatabase) -> None:
    subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=PROJECT, env=fresh_db.environ, check=True, timeout=60
    )
    said = sorted(ApiCall.objects.values_list("said", flat=True))
    assert said == ["at the end", "of a child", "of the thread"]
