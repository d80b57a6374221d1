"""Resellers' API keys (ACC-04, API-06): shown once, stored as a keyed hash, revoked at once."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import ApiKey, User

# Our own prefix: recognisable in a leak, and unlike those of payment processors, which secret
# scanners look for.
PREFIX = "panel_"
MAX_KEYS = 10

_SECRET_BYTES = 24  # 192 bits, 32 characters
_SHOWN_CHARACTERS = len(PREFIX) + 4
_LONGEST_SECRET = 64
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


class TooManyKeys(Exception):
    """The customer has MAX_KEYS live keys already."""


class AccountFrozen(Exception):
    """Its owner reported it as compromised: until staff lift that it has no keys (ACC-11)."""


class NotReplaceable(Exception):
    """The key is revoked, at its end, or another takes its place already."""


def new_secret() -> str:
    """192 random bits behind our own prefix."""
    return PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def create(
    *,
    user: User,
    name: str,
    scope: ApiKey.Scope,
    at: datetime,
    networks: Sequence[str] = (),
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which exists nowhere else. Raises TooManyKeys,
    AccountFrozen.

    With `networks` ("203.0.113.0/24") it opens nothing from anywhere else. Only the demonstration
    chooses the secret, so that it can print it again.
    """
    secret = secret or new_secret()
    with transaction.atomic():
        # The customer's row is what two presses of the button wait for.
        if User.objects.select_for_update().get(pk=user.pk).frozen_at is not None:
            raise AccountFrozen
        if _lasting(user, at=at) >= MAX_KEYS:
            raise TooManyKeys
        key = _store(user, secret, name=name, scope=scope, networks=networks, at=at)
    return key, secret


def replace(*, key: ApiKey, keep: timedelta, at: datetime) -> tuple[ApiKey, str]:
    """Another secret for the same program; the old one opens the API for `keep` longer. Returns
    the new key and its secret. Raises NotReplaceable for a key that is ended or being replaced."""
    secret = new_secret()
    with transaction.atomic():
        # The customer's row is what two presses of the button wait for.
        User.objects.select_for_update().get(pk=key.user_id)
        old = ApiKey.objects.live(at=at).filter(pk=key.pk, expires_at=None)
        if not old.update(expires_at=at + keep):
            raise NotReplaceable
        new = _store(
            key.user,
            secret,
            name=key.name,
            scope=ApiKey.Scope(key.scope),
            networks=key.allowed_networks,
            at=at,
        )
    return new, secret


def _store(
    user: User,
    secret: str,
    *,
    name: str,
    scope: ApiKey.Scope,
    networks: Sequence[str],
    at: datetime,
) -> ApiKey:
    return ApiKey.objects.create(
        user=user,
        name=name,
        scope=scope,
        allowed_networks=list(networks),
        prefix=secret[:_SHOWN_CHARACTERS],
        digest=digest_of(secret),
        created_at=at,
    )


def _lasting(user: User, *, at: datetime) -> int:
    """How many keys count: one whose place another has taken does not."""
    return ApiKey.objects.live(at=at).filter(user=user, expires_at=None).count()


def owner_of(*, secret: str, at: datetime, ip: str) -> ApiKey | None:
    """Return the live key of an active customer with its `user`, in one query; else None.

    The lookup goes by a keyed hash: whoever guesses cannot steer it, so the time that the index
    takes tells nothing about any stored key. The use is noted at most once a minute. Whether the
    key opens from this address is the caller's to ask (`opens_from`); if not, no use is noted.
    """
    if not secret.startswith(PREFIX) or len(secret) > _LONGEST_SECRET:
        return None
    key = (
        ApiKey.objects.live(at=at)
        .select_related("user")
        .filter(digest=digest_of(secret), user__is_active=True)
        .first()
    )
    if key is not None and key.opens_from(ip) and _is_stale(key, at=at):
        _note_use(key, at=at, ip=ip)
    return key


def was_made(*, secret: str) -> bool:
    """Whether a key was ever made with this secret, whatever became of it and of its owner."""
    return ApiKey.objects.filter(digest=digest_of(secret)).exists()


def revoke(*, key: ApiKey, at: datetime) -> None:
    """End a key: its next use is refused. A revoked key keeps its first date."""
    ApiKey.objects.live(at=at).filter(pk=key.pk).update(revoked_at=at)


def revoke_all(*, user: User, at: datetime) -> int:
    """End every key of the user; return how many there were."""
    return ApiKey.objects.live(at=at).filter(user=user).update(revoked_at=at)


def digest_of(secret: str) -> str:
    """What is stored of a secret and looked for: a keyed hash."""
    pepper: str = settings.API_KEY_PEPPER
    # A lone surrogate cannot be encoded; it belongs to no key, but must not be an error either.
    return hmac.new(
        pepper.encode(), secret.encode(errors="replace"), digestmod=hashlib.sha256
    ).hexdigest()


def _is_stale(key: ApiKey, *, at: datetime) -> bool:
    return key.last_used_at is None or key.last_used_at <= at - _USE_IS_NOTED_EVERY


def _note_use(key: ApiKey, *, at: datetime, ip: str) -> None:
    # Of the calls that meet in one moment the first writes.
    ApiKey.objects.filter(pk=key.pk).filter(
        Q(last_used_at=None) | Q(last_used_at__lte=at - _USE_IS_NOTED_EVERY)
    ).update(last_used_at=at, last_used_ip=ip)
