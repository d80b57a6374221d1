"""The door of the APIs: whose call it is, and whether it may come in now.

Sources: API-01 (limits, suspension of the API alone), API-02 (an account's keys share one
allowance), ACC-04 (addresses), S-08 (keys in a query).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts import api_keys, suspending, switches, throttling
from accounts.models import ApiKey, KillSwitch


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


def admit(*, secret: str, ip: str, is_in_query: bool, at: datetime) -> Caller:
    """Count one call and say whose it is. Raises Refused.

    Who has somebody else's key without his addresses uses up his own address's calls, not the
    account's.
    """
    key = api_keys.owner_of(secret=secret, at=at, ip=ip)
    is_welcome = key is not None and key.opens_from(ip)
    counted = key if is_welcome else None
    wait = throttling.check(
        account_id=counted.user_id if counted else None,
        ip=ip,
        own_limit=counted.user.api_rate_per_minute if counted else None,
    )
    caller = None if key is None else _caller(key)
    if wait is not None:
        if counted is not None:
            _note_breach(counted, at=at)
        raise Refused(Reason.TOO_MANY, caller=caller, wait_seconds=wait)
    if key is None or caller is None:
        raise Refused(Reason.INVALID_KEY)
    if not is_welcome:
        raise Refused(Reason.ADDRESS_REFUSED, caller=caller)
    if is_in_query and key.refuses_query:
        raise Refused(Reason.KEY_IN_QUERY, caller=caller)
    if key.user.api_suspended_until is not None and key.user.api_suspended_until > at:
        wait = suspending.wait_seconds(until=key.user.api_suspended_until, at=at)
        raise Refused(Reason.SUSPENDED, caller=caller, wait_seconds=wait)
    if switches.reason_off(KillSwitch.Part.API):
        raise Refused(Reason.PAUSED, caller=caller, wait_seconds=60)
    return caller


def _note_breach(key: ApiKey, *, at: datetime) -> None:
    window_at = throttling.new_breach(
        account_id=key.user_id, own_limit=key.user.api_rate_per_minute
    )
    if window_at is not None:
        suspending.note_breach(user_id=key.user_id, window_at=window_at, at=at)


def _caller(key: ApiKey) -> Caller:
    return Caller(
        key_id=key.pk,
        customer_id=key.user_id,
        prefix=key.prefix,
        scope=ApiKey.Scope(key.scope),
        is_sandbox=key.is_sandbox,
        is_strict=key.is_strict,
        errors=ApiKey.Errors(key.errors),
        repeat_window_seconds=key.user.repeat_window_seconds,
    )
