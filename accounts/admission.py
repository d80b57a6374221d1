"""The door of the APIs: whose call it is, and whether it may come in now.

One call of the database finds the key and counts the call, exactly also where many come at once;
no cache and no disk is waited for (accounts/sql/admit.sql). What is decided is decided here. An
edge that has more to read in the same round trip continues the statement `ADMITTED` and gives its
columns to `decide`. Sources: API-01 (limits, suspension of the API alone), API-02 (an account's
keys share one allowance), ACC-04 (addresses), S-08 (keys in a query), S-11 (spoofed addresses).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from accounts import api_keys, suspending
from accounts.models import ApiKey

# Several customers may share an address (an office, a carrier), so it gets a multiple.
ADDRESS_SHARE = 5
_PAUSED_SECONDS = 60

Parameter = int | str | list[str] | datetime | None


@dataclass(frozen=True, slots=True)
class Caller:
    """A key that was let in, with what its owner chose for it."""

    key_id: int
    customer_id: int
    prefix: str
    scope: ApiKey.Scope
    is_sandbox: bool
    is_strict: bool
    errors: ApiKey.Errors
    repeat_window_seconds: int


class Reason(StrEnum):
    INVALID_KEY = "invalid_key"
    ADDRESS_REFUSED = "address_refused"
    KEY_IN_QUERY = "key_in_query"
    TOO_MANY = "too_many"
    SUSPENDED = "suspended"
    PAUSED = "paused"


class Refused(Exception):
    """The call stays outside. `caller` is known where the key is; `wait_seconds` is for
    Retry-After, 0 where waiting does not help."""

    def __init__(
        self, reason: Reason, *, caller: Caller | None = None, wait_seconds: int = 0
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.caller = caller
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class Knock:
    """What a call shows at the door."""

    secret: str
    ip: str
    is_in_query: bool
    at: datetime

    def parameters(self) -> dict[str, Parameter]:
        """Of `ADMITTED`."""
        return {
            "door_digest": api_keys.digest_of(self.secret),
            "door_ip": self.ip,
            "door_rate": settings.API_RATE_PER_MINUTE,
            "door_share": ADDRESS_SHARE,
            "door_at": self.at,
        }


class _Found(NamedTuple):
    """What the database says, in the order of its columns: see accounts/sql/admit.sql."""

    key_id: int | None
    customer_id: int
    prefix: str
    scope: str
    is_sandbox: bool
    is_strict: bool
    errors: str
    refuses_query: bool
    repeat_window_seconds: int
    is_welcome: bool
    suspended_until: datetime | None
    full_until: datetime | None
    breached_at: datetime | None
    is_paused: bool


# What follows it may name the columns of `door`, and adds its own behind them.
ADMITTED = """
    SELECT * FROM accounts_admit(%(door_digest)s, %(door_ip)s::inet, %(door_rate)s,
                                 %(door_share)s, %(door_at)s) AS door
"""
WIDTH = len(_Found._fields)


def admit(*, secret: str, ip: str, is_in_query: bool, at: datetime) -> Caller:
    """Count one call and say whose it is. Raises Refused."""
    return let_in(Knock(secret, ip, is_in_query, at))


def let_in(knock: Knock) -> Caller:
    """The same. Raises Refused."""
    return decide(ask(ADMITTED, knock.parameters()), knock=knock)


def count_call(*, bucket: str, at: datetime) -> int:
    """How many there have been of something within a minute, with this one: exactly, also where
    many come at once, who wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM accounts_count_call(%s, %s)", [bucket, at])
        number: int = cursor.fetchone()[0]
    return number


def forget_old(*, at: datetime) -> None:
    """Deletes the windows that are over, of whoever has not called again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM accounts_callwindow WHERE opened_at <= %s", [at - timedelta(hours=1)]
        )


def ask(statement: str, parameters: Mapping[str, Parameter]) -> Sequence[Any]:
    """The row of a call's first statement.

    A connection that was lost while nobody used it is replaced, which costs less than to ask before
    each call whether it is still there: that would be one more round trip.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _row(statement, parameters)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return _row(statement, parameters)


def _row(statement: str, parameters: Mapping[str, Parameter]) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: Sequence[Any] = cursor.fetchone()
        return found


def decide(row: Sequence[Any], *, knock: Knock) -> Caller:
    """Whose call it is, by the first WIDTH columns of `ADMITTED`. Raises Refused.

    Who has somebody else's key without his addresses uses up his own address's calls, not the
    account's.
    """
    found = _Found._make(row)
    caller = None if found.key_id is None else _caller(found.key_id, found)
    if caller is not None and found.breached_at is not None:
        suspending.note_breach(user_id=caller.customer_id, window_at=found.breached_at, at=knock.at)
    reason, wait_seconds = _refusal(found, knock)
    if reason is not None or caller is None:
        raise Refused(reason or Reason.INVALID_KEY, caller=caller, wait_seconds=wait_seconds)
    return caller


def _refusal(found: _Found, knock: Knock) -> tuple[Reason | None, int]:
    """Why the call stays outside, and after how many seconds it may come again."""
    at = knock.at
    if found.full_until is not None:
        return Reason.TOO_MANY, max(-((at - found.full_until) // timedelta(seconds=1)), 1)
    if found.key_id is None:
        return Reason.INVALID_KEY, 0
    if not found.is_welcome:
        return Reason.ADDRESS_REFUSED, 0
    if knock.is_in_query and found.refuses_query:
        return Reason.KEY_IN_QUERY, 0
    if found.suspended_until is not None and found.suspended_until > at:
        return Reason.SUSPENDED, suspending.wait_seconds(until=found.suspended_until, at=at)
    return (Reason.PAUSED, _PAUSED_SECONDS) if found.is_paused else (None, 0)


def _caller(key_id: int, found: _Found) -> Caller:
    return Caller(
        key_id=key_id,
        customer_id=found.customer_id,
        prefix=found.prefix,
        scope=ApiKey.Scope(found.scope),
        is_sandbox=found.is_sandbox,
        is_strict=found.is_strict,
        errors=ApiKey.Errors(found.errors),
        repeat_window_seconds=found.repeat_window_seconds,
    )
