"""The door of the APIs: calls are counted exactly, in the database alone (API-01, API-02, S-11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts import admission, api_keys, callwindows
from accounts.admission import Knock, Reason
from accounts.models import ApiBreach, ApiKey, User
from tests.databases import TestDatabase, end_other_sessions
from tests.races import Gate, at_once

IP = "203.0.113.1"


def key_of(user: User, at: datetime) -> str:
    return api_keys.create(user=user, name="script", scope=ApiKey.Scope.ORDER, at=at)[1]


@pytest.fixture
def knock(alice: User, now: datetime) -> Knock:
    return Knock(key_of(alice, now), IP, is_in_query=False, at=now)


def answer(knock: Knock) -> Reason | None:
    """None: it came in."""
    try:
        admission.admit(secret=knock.secret, ip=knock.ip, is_in_query=False, at=knock.at)
    except admission.Refused as refused:
        return refused.reason
    return None


def many(number: int, make: Callable[[int], Knock]) -> list[Reason | None]:
    return [answer(make(each)) for each in range(number)]


def test_the_sixty_first_call_in_a_minute_waits_for_its_end(knock: Knock) -> None:
    assert many(60, lambda _: knock) == [None] * 60
    later = replace(knock, at=knock.at + timedelta(seconds=20))
    with pytest.raises(admission.Refused) as refused:
        admission.admit(secret=later.secret, ip=IP, is_in_query=False, at=later.at)
    assert (refused.value.reason, refused.value.wait_seconds) == (Reason.TOO_MANY, 40)
    assert answer(replace(knock, at=knock.at + timedelta(seconds=60))) is None


def test_five_keys_from_five_addresses_share_one_allowance(alice: User, now: datetime) -> None:
    keys = [key_of(alice, now) for _each in range(5)]
    calls = many(61, lambda n: Knock(keys[n % 5], f"203.0.113.{n % 5}", False, now))
    assert calls == [None] * 60 + [Reason.TOO_MANY]


def test_an_address_is_allowed_five_accounts_whoever_calls(
    alice: User, knock: Knock, settings: Settings
) -> None:
    settings.API_RATE_PER_MINUTE = 2
    unknown = replace(knock, secret="panel_of_nobody")
    assert many(10, lambda _: unknown) == [Reason.INVALID_KEY] * 10
    assert answer(unknown) == answer(knock) == Reason.TOO_MANY
    assert answer(replace(knock, ip="203.0.113.2")) is None


def test_a_subscriber_of_ipv6_is_one_address(knock: Knock, settings: Settings) -> None:
    settings.API_RATE_PER_MINUTE = 1
    calls = many(6, lambda n: replace(knock, secret="x", ip=f"2001:db8::{n:x}"))
    assert calls == [Reason.INVALID_KEY] * 5 + [Reason.TOO_MANY]
    assert answer(replace(knock, ip="2001:db8:0:1::1")) is None


def test_an_account_with_a_limit_of_its_own_has_it_at_its_address_too(
    alice: User, knock: Knock, settings: Settings
) -> None:
    settings.API_RATE_PER_MINUTE = 1
    User.objects.filter(pk=alice.pk).update(api_rate_per_minute=7)
    assert many(8, lambda _: knock) == [None] * 7 + [Reason.TOO_MANY]


def test_a_call_costs_one_round_trip(knock: Knock) -> None:
    with CaptureQueriesContext(connection) as counted:
        assert answer(knock) is None
    assert len(counted) == 1


def test_old_windows_are_forgotten(knock: Knock) -> None:
    answer(knock)
    callwindows.forget_old(at=knock.at + timedelta(minutes=59))
    assert _calls() == 1
    callwindows.forget_old(at=knock.at + timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_callwindow")
        assert cursor.fetchone() == (0,)


def test_a_connection_that_was_lost_meanwhile_is_replaced(
    fresh_db: TestDatabase, knock: Knock
) -> None:
    answer(knock)
    end_other_sessions()
    assert answer(knock) is None


def test_a_connection_is_replaced_however_its_loss_is_called(
    fresh_db: TestDatabase, knock: Knock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that crashed while nobody asked: the driver names no kind of error."""
    honest, failures = admission._rows, iter([DatabaseError("server closed the connection")])

    def lost_once(database: BaseDatabaseWrapper, *asked: Any) -> list[admission.Row]:
        for failure in failures:
            database.connection.close()
            raise failure
        return honest(database, *asked)

    answer(knock)
    monkeypatch.setattr(admission, "_rows", lost_once)
    assert answer(knock) is None


def test_parallel_calls_are_all_counted(fresh_db: TestDatabase, knock: Knock) -> None:
    calls = at_once(50, lambda: [answer(knock), answer(knock)])
    assert [reason for pair in calls for reason in pair].count(None) == 60


def test_reading_and_writing_instead_would_let_more_through(
    fresh_db: TestDatabase, knock: Knock
) -> None:
    answer(knock)
    read = Gate(20).after(_calls)

    def naive() -> None:
        calls = read()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_callwindow SET calls = %s", [calls + 1])

    at_once(20, naive)
    assert _calls() == 2


def _calls() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT calls FROM accounts_callwindow WHERE bucket LIKE 'account %'")
        return int(cursor.fetchone()[0])


class TestCallsOfOneMoment:
    """They are counted by one statement, and each has a number of its own."""

    def together(self, knocks: Sequence[Knock]) -> list[Reason | None]:
        calls = [admission.Call(knock, {}) for knock in knocks]
        rows = admission.ask(f"SELECT * FROM {admission.ADMITTED}", calls)
        return [self.decided(row, knock) for row, knock in zip(rows, knocks, strict=True)]

    def decided(self, row: admission.Row, knock: Knock) -> Reason | None:
        """And who is refused is not welcomed before that."""
        welcomed = admission.welcomed(row, knock=knock)
        try:
            assert admission.decide(row, knock=knock) == welcomed
        except admission.Refused as refused:
            assert welcomed is None
            return refused.reason
        return None

    def test_are_let_in_up_to_the_limit_in_their_order(
        self, bob: User, knock: Knock, settings: Settings
    ) -> None:
        settings.API_RATE_PER_MINUTE = 3
        of_bob = Knock(key_of(bob, knock.at), "203.0.113.9", is_in_query=False, at=knock.at)
        unknown = replace(knock, secret="panel_of_nobody")
        assert answer(knock) is None
        said = self.together([knock, of_bob, unknown, knock, knock, of_bob, knock])
        full, nobody = Reason.TOO_MANY, Reason.INVALID_KEY
        assert said == [None, None, nobody, None, full, None, full]

    def test_breach_the_limit_once(self, alice: User, knock: Knock, settings: Settings) -> None:
        settings.API_RATE_PER_MINUTE = 3
        assert self.together([knock] * 6).count(Reason.TOO_MANY) == 3
        assert ApiBreach.objects.filter(user=alice).count() == 1

    def test_use_up_what_an_address_may(self, knock: Knock, settings: Settings) -> None:
        settings.API_RATE_PER_MINUTE = 1
        unknown = replace(knock, secret="panel_of_nobody")
        said = self.together([*[unknown] * 6, knock])
        assert said == [Reason.INVALID_KEY] * 5 + [Reason.TOO_MANY] * 2

    def test_are_answered_in_the_order_of_asking(
        self, alice: User, bob: User, knock: Knock
    ) -> None:
        of_bob = Knock(key_of(bob, knock.at), IP, is_in_query=False, at=knock.at)
        calls = [admission.Call(each, {}) for each in (of_bob, knock, of_bob)]
        rows = admission.ask(f"SELECT * FROM {admission.ADMITTED}", calls)
        owners = [admission.decide(row, knock=knock).customer_id for row in rows]
        assert owners == [bob.pk, alice.pk, bob.pk]
