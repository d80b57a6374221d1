"""Keys of staff for the Admin API: shown once, stored as a keyed hash, ended with their owner.

A key never does more than its scopes and its owner's permissions both allow, at the moment of the
call. Source: docs/admin-api.md, "Keys"; S-08, S-21.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.utils.crypto import constant_time_compare

from accounts.acts import log_act
from accounts.api_keys import digest_of
from accounts.models import OperatorKey, User

Scope = OperatorKey.Scope

PREFIX = "panelop_"
MAX_KEYS = 10
CALLS_PER_WINDOW = 5
WINDOW = timedelta(seconds=1)

_SECRET_BYTES = 24  # 192 bits, 32 characters
_SHOWN_CHARACTERS = len(PREFIX) + 4
_LONGEST_SECRET = 64

# Whoever has one of these may have a key of the scope; each call asks for its own of them.
PERMISSIONS: Mapping[Scope, tuple[str, ...]] = {
    Scope.ORDERS_READ: ("orders.view_order",),
    Scope.ORDERS_WRITE: (
        "orders.set_status",
        "orders.decide_followup",
        "orders.resolve_uncertain",
    ),
    Scope.ORDERS_WORK: ("orders.set_status", "orders.decide_followup"),
    Scope.MONEY_READ: ("wallet.view_deposit",),
    Scope.MONEY_WRITE: ("wallet.propose_money",),
    Scope.USERS_READ: ("accounts.view_user",),
    Scope.USERS_WRITE: ("accounts.invite_user",),
    Scope.TICKETS_READ: ("tickets.view_ticket",),
    Scope.TICKETS_WRITE: ("tickets.answer_ticket",),
}


class TooManyKeys(Exception):
    """The person has MAX_KEYS live keys already."""


class NotCovered(Exception):
    """A scope was asked for that the person's own permissions do not cover."""


def scopes_for(person: User) -> list[Scope]:
    """What this person may give to a key."""
    return [scope for scope, names in PERMISSIONS.items() if any(map(person.has_perm, names))]


def create(
    *,
    user: User,
    name: str,
    scopes: Sequence[Scope],
    networks: Sequence[str],
    expires_at: datetime | None,
    at: datetime,
    ip: str | None = None,
) -> tuple[OperatorKey, str]:
    """Make a key and return it with its secret, which exists nowhere else. Raises TooManyKeys,
    NotCovered."""
    if not set(scopes) <= set(scopes_for(user)):
        raise NotCovered
    secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    with transaction.atomic():
        # The person's row is what two presses of the button wait for.
        owner = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if OperatorKey.objects.live(at=at).filter(user=owner).count() >= MAX_KEYS:
            raise TooManyKeys
        key = OperatorKey.objects.create(
            user=owner,
            name=name,
            scopes=list(scopes),
            allowed_networks=list(networks),
            prefix=secret[:_SHOWN_CHARACTERS],
            digest=digest_of(secret),
            owner_state=owner.get_session_auth_hash(),
            created_at=at,
            expires_at=expires_at,
        )
        changes = {"key_made": key.prefix, "scopes": list(scopes)}
        log_act(actor=owner, act="make operator key", target=_target(key), changes=changes, ip=ip)
    return key, secret


def owner_of(*, secret: str, at: datetime) -> OperatorKey | None:
    """The live key with its `user`, in one query; None for anything that opens nothing."""
    if not secret.startswith(PREFIX) or len(secret) > _LONGEST_SECRET:
        return None
    live = OperatorKey.objects.live(at=at).select_related("user")
    key = live.filter(digest=digest_of(secret)).first()
    return key if key is not None and is_owner_welcome(key) else None


def is_owner_welcome(key: OperatorKey) -> bool:
    """Whether the owner is still one of the staff, and nothing has ended his sessions since."""
    owner = key.user
    if not (owner.is_active and owner.is_staff) or owner.frozen_at is not None:
        return False
    states = (owner.get_session_auth_hash(), *owner.get_session_auth_fallback_hash())
    return any(constant_time_compare(key.owner_state, state) for state in states)


def count_call(*, key: OperatorKey, ip: str, at: datetime) -> bool:
    """Note a call and say whether it may go on: five in a second, whichever process has them.

    One statement: the row's lock lets the calls of a key pass one by one, so none is missed.
    """
    goes_on = Q(window_at__gt=at - WINDOW)
    counted = OperatorKey.objects.filter(~goes_on | Q(window_calls__lt=CALLS_PER_WINDOW), pk=key.pk)
    return bool(
        counted.update(
            window_calls=Case(When(goes_on, then=F("window_calls") + 1), default=1),
            window_at=Case(When(goes_on, then=F("window_at")), default=at),
            last_used_at=at,
            last_used_ip=ip,
        )
    )


def revoke(*, key: OperatorKey, by: User, at: datetime, ip: str | None = None) -> None:
    """End a key: its next use is refused. A revoked key keeps its first date."""
    with transaction.atomic():
        if OperatorKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
            changes = {"key_ended": key.prefix}
            log_act(
                actor=by, act="revoke operator key", target=_target(key), changes=changes, ip=ip
            )


def _target(key: OperatorKey) -> str:
    return f"user:{key.user_id}"
