"""The door of the APIs: whose call it is, and whether it may come in now.

One call of the database finds the key and counts the call, exactly also where many come at once;
no cache and no disk is waited for (accounts/sql/admit.sql). What is decided is decided here. An
edge that has more to read in the same round trip continues the statement `ADMITTED` and gives its
columns to `decide`. Sources: API-01 (limits, suspension of the API alone), API-02 (an account's
keys share one allowance), ACC-04 (addresses), S-08 (keys in a query), S-11 (spoofed addresses).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts import api_keys, suspending
from accounts.callwindows import WINDOW
from accounts.models import ApiKey
from accounts.together import Together

# Several customers may share an address (an office, a carrier), so it gets a multiple.
ADDRESS_SHARE = 5
_PAUSED_SECONDS = 60

# To call the class of an enumeration costs as much as to read the whole row.
_SCOPES = {scope.value: scope for scope in ApiKey.Scope}
_ERRORS = {errors.value: errors for errors in ApiKey.Errors}

Row = Sequence[Any]
Members = dict[str, int | str | list[str] | None]


class Caller(NamedTuple):
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


class Call(NamedTuple):
    """What the database hears of a call: of the one who knocks, and whatever else an edge wants to
    have read in the same round trip."""

    knock: Knock
    more: Members

    def text(self) -> str:
        # Hexadecimal digits: nothing in them has to be escaped.
        digest, ip = api_keys.digest_of(self.knock.secret), json.dumps(self.knock.ip)
        known = f'{{"digest":"{digest}","ip":{ip}'
        return f"{known},{json.dumps(self.more)[1:]}" if self.more else known + "}"


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
    own_rate: int
    address: str
    address_calls: int
    address_opened_at: datetime | None
    account_calls: int | None
    account_opened_at: datetime | None
    is_paused: bool


# A row for each of the calls; a statement may read more beside it.
ADMITTED = f"accounts_admit(%(calls)s::jsonb, %(rate)s, {ADDRESS_SHARE}, %(at)s)"
_ADMIT = f"SELECT * FROM {ADMITTED}"  # noqa: S608 - of constants
WIDTH = len(_Found._fields)
# Where the numbers of calls are, and whose windows they are of.
_COUNTED = tuple(
    (_Found._fields.index(calls), _Found._fields.index(bucket))
    for calls, bucket in (("address_calls", "address"), ("account_calls", "customer_id"))
)


def admit(*, secret: str, ip: str, is_in_query: bool, at: datetime) -> Caller:
    """Count one call and say whose it is. Raises Refused."""
    return let_in(Knock(secret, ip, is_in_query, at))


def let_in(knock: Knock) -> Caller:
    """The same. Raises Refused."""
    return decide(_DOOR.row_of(Call(knock, {})), knock=knock)


def ask(statement: str, calls: Sequence[Call]) -> list[Row]:
    """What `statement`, which begins with ADMITTED, says of each of the calls of one moment.

    A connection that was lost while nobody used it is replaced, which costs less than to ask before
    each call whether it is still there: that would be one more round trip.
    """
    database = connections[DEFAULT_DB_ALIAS]
    database.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _rows(database, statement, calls)
    except Error:
        # Where a server has crashed, the driver has no better name for it than for any other error.
        if database.in_atomic_block or database.is_usable():
            raise
        database.close()
        return _rows(database, statement, calls)


def _rows(database: BaseDatabaseWrapper, statement: str, calls: Sequence[Call]) -> list[Row]:
    parameters = {
        "calls": f"[{','.join(call.text() for call in calls)}]",
        "rate": settings.API_RATE_PER_MINUTE,
        "at": max(call.knock.at for call in calls),
    }
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)
        return _numbered(cursor.fetchall())


def _numbered(rows: list[Row]) -> list[Row]:
    """Each with its own number in its windows: the database counts those of a moment together."""
    if len(rows) == 1:
        return rows
    later: Counter[str | int] = Counter()
    numbered: list[Row] = []
    for row in reversed(rows):
        own = list(row)
        for calls, bucket in _COUNTED:
            if own[calls] is not None:
                own[calls] -= later[own[bucket]]
                later[own[bucket]] += 1
        numbered.append(own)
    return numbered[::-1]


class Door:
    """Lets in the calls of one moment by one `statement`, which begins with ADMITTED."""

    def __init__(self, statement: str) -> None:
        self._statement = statement
        self._together: Together[Call, Row] = Together(self._ask)

    def row_of(self, call: Call) -> Row:
        """What `decide` reads, and whatever the statement says behind it."""
        # Inside a caller's transaction nobody else's call is counted.
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return self._ask_alone(call)
        return self._together.go(call, alone=self._ask_alone)

    def _ask(self, calls: Sequence[Call]) -> Sequence[Row | None]:
        try:
            return ask(self._statement, calls)
        except Error:
            if len(calls) == 1:
                raise
            # To be counted twice is no harm: what failed for all is tried again by each.
            return [None] * len(calls)

    def _ask_alone(self, call: Call) -> Row:
        return ask(self._statement, [call])[0]


_DOOR = Door(_ADMIT)


def decide(row: Row, *, knock: Knock) -> Caller:
    """Whose call it is, by the first WIDTH columns of its row. Raises Refused.

    Who has somebody else's key without his addresses uses up his own address's calls, not the
    account's.
    """
    found = _Found._make(row)
    caller = None if found.key_id is None else _caller(found.key_id, found)
    window_at = found.account_opened_at
    if caller is not None and window_at is not None and found.account_calls == found.own_rate + 1:
        suspending.note_breach(user_id=caller.customer_id, window_at=window_at, at=knock.at)
    reason, wait_seconds = _refusal(found, knock)
    if reason is not None or caller is None:
        raise Refused(reason or Reason.INVALID_KEY, caller=caller, wait_seconds=wait_seconds)
    return caller


def welcomed(row: Row, *, knock: Knock) -> Caller | None:
    """Whose call it is, None where `decide` has more to say and to do."""
    found = _Found._make(row)
    if found.key_id is None or _refusal(found, knock)[0] is not None:
        return None
    return _caller(found.key_id, found)


def _refusal(found: _Found, knock: Knock) -> tuple[Reason | None, int]:
    """Why the call stays outside, and after how many seconds it may come again."""
    at, full_until = knock.at, _full_until(found)
    if full_until is not None:
        # The window may have been opened by a call of the same moment that was read a little later.
        wait = min(full_until - at, WINDOW)
        return Reason.TOO_MANY, max(-(-wait // timedelta(seconds=1)), 1)
    if found.key_id is None:
        return Reason.INVALID_KEY, 0
    if not found.is_welcome:
        return Reason.ADDRESS_REFUSED, 0
    if knock.is_in_query and found.refuses_query:
        return Reason.KEY_IN_QUERY, 0
    if found.suspended_until is not None and found.suspended_until > at:
        return Reason.SUSPENDED, suspending.wait_seconds(until=found.suspended_until, at=at)
    return (Reason.PAUSED, _PAUSED_SECONDS) if found.is_paused else (None, 0)


def _full_until(found: _Found) -> datetime | None:
    """When the last of the windows ends that this call is too many of."""
    share = ADDRESS_SHARE * max(found.own_rate, settings.API_RATE_PER_MINUTE)
    opened = [
        at
        for at, number, most in (
            (found.address_opened_at, found.address_calls, share),
            (found.account_opened_at, found.account_calls, found.own_rate),
        )
        if at is not None and number is not None and number > most
    ]
    return max(opened) + WINDOW if opened else None


def _caller(key_id: int, found: _Found) -> Caller:
    return Caller(
        key_id=key_id,
        customer_id=found.customer_id,
        prefix=found.prefix,
        scope=_SCOPES[found.scope],
        is_sandbox=found.is_sandbox,
        is_strict=found.is_strict,
        errors=_ERRORS[found.errors],
        repeat_window_seconds=found.repeat_window_seconds,
    )
