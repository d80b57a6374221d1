"""Resellers' API keys (ACC-04, API-06): shown once, stored as a keyed hash, revoked at once."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import bundling
from accounts.acts import log_act
from accounts.models import ApiKey, User

# Our own prefix: recognisable in a leak, and unlike those of payment processors, which secret
# scanners look for.
PREFIX = "panel_"
MAX_KEYS = 10
# With those that others take the place of: each key may be replaced once within its overlap.
MAX_LIVE_KEYS = 2 * MAX_KEYS

_SECRET_BYTES = 24  # 192 bits, 32 characters
_SHOWN_CHARACTERS = len(PREFIX) + 4


class TooManyKeys(Exception):
    """The customer has MAX_KEYS live keys already."""


class AccountFrozen(Exception):
    """Its owner reported it as compromised: until staff lift that it has no keys (ACC-11)."""


class NotReplaceable(Exception):
    """The key is revoked, at its end, another takes its place already, or MAX_LIVE_KEYS open the
    API."""


def new_secret() -> str:
    """192 random bits behind our own prefix."""
    return PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the owner of a key chooses; all of it can be changed later under the same secret."""

    name: str
    scope: ApiKey.Scope
    networks: Sequence[str] = ()
    """From where alone it opens anything ("203.0.113.0/24"); none: from everywhere."""
    refuses_query: bool = False
    is_strict: bool = False
    errors: ApiKey.Errors = ApiKey.Errors.SENTENCES


class Kind(Enum):
    """Whether orders of a key cost money or are played; it is born as one or the other."""

    LIVE = "live"
    SANDBOX = "sandbox"


def create(
    *,
    user: User,
    name: str,
    scope: ApiKey.Scope,
    at: datetime,
    networks: Sequence[str] = (),
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    """Make a live key with usual choices, as `make` does."""
    choices = Choices(name=name, scope=scope, networks=networks)
    return make(user=user, choices=choices, kind=Kind.LIVE, at=at, secret=secret)


def make(
    *,
    user: User,
    choices: Choices,
    kind: Kind,
    at: datetime,
    ip: str | None = None,
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its secret, which exists nowhere else; its owner is told by
    mail. Raises TooManyKeys, AccountFrozen.

    Only the demonstration chooses the secret, so that it can print it again.
    """
    secret = secret or new_secret()
    with transaction.atomic():
        # The customer's row is what two presses of the button wait for.
        if User.objects.select_for_update().get(pk=user.pk).frozen_at is not None:
            raise AccountFrozen
        if _lasting(user, at=at) >= MAX_KEYS:
            raise TooManyKeys
        key = _store(user, secret, choices=choices, is_sandbox=kind is Kind.SANDBOX, at=at)
        _log(key, "create API key", changes={"key": key.prefix, "kind": kind.value}, ip=ip)
        _tell_owner(key, at=at)
    return key, secret


def replace(
    *, key: ApiKey, keep: timedelta, at: datetime, ip: str | None = None
) -> tuple[ApiKey, str]:
    """Another secret for the same program; the old one opens the API for `keep` longer. Returns
    the new key and its secret. Raises NotReplaceable."""
    secret = new_secret()
    with transaction.atomic():
        # The customer's row is what two presses of the button wait for.
        User.objects.select_for_update().get(pk=key.user_id)
        live = ApiKey.objects.live(at=at).filter(user=key.user_id)
        if live.count() >= MAX_LIVE_KEYS:
            raise NotReplaceable
        if not live.filter(pk=key.pk, expires_at=None).update(expires_at=at + keep):
            raise NotReplaceable
        key.refresh_from_db()
        new = _store(key.user, secret, choices=choices_of(key), is_sandbox=key.is_sandbox, at=at)
        changes = {"key": [key.prefix, new.prefix], "old_ends": f"{at + keep:%Y-%m-%d %H:%M} UTC"}
        _log(new, "replace API key", changes=changes, ip=ip)
        _tell_owner(new, at=at)
    return new, secret


def change(*, key: ApiKey, choices: Choices, at: datetime, ip: str | None = None) -> None:
    """Other choices under the same secret, from the next call on. Raises ApiKey.DoesNotExist for
    one that is ended."""
    with transaction.atomic():
        current = ApiKey.objects.select_for_update().live(at=at).get(pk=key.pk)
        before, after = asdict(choices_of(current)), asdict(choices)
        changed = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        if not changed:
            return
        _apply(current, choices)
        current.save()
        _log(current, "change API key", changes={"key": current.prefix, **changed}, ip=ip)


def choices_of(key: ApiKey) -> Choices:
    return Choices(
        name=key.name,
        scope=ApiKey.Scope(key.scope),
        networks=tuple(key.allowed_networks),
        refuses_query=key.refuses_query,
        is_strict=key.is_strict,
        errors=ApiKey.Errors(key.errors),
    )


def _store(user: User, secret: str, *, choices: Choices, is_sandbox: bool, at: datetime) -> ApiKey:
    key = ApiKey(
        user=user,
        is_sandbox=is_sandbox,
        prefix=secret[:_SHOWN_CHARACTERS],
        digest=digest_of(secret),
        created_at=at,
    )
    _apply(key, choices)
    key.save()
    return key


def _apply(key: ApiKey, choices: Choices) -> None:
    key.name, key.scope, key.errors = choices.name, choices.scope, choices.errors
    key.allowed_networks = list(choices.networks)
    key.refuses_query, key.is_strict = choices.refuses_query, choices.is_strict


def _log(key: ApiKey, act: str, *, changes: Mapping[str, object], ip: str | None) -> None:
    log_act(actor=key.user, act=act, target=f"user:{key.user_id}", changes=changes, ip=ip)


def _tell_owner(key: ApiKey, *, at: datetime) -> None:
    """Somebody else who is logged in must not make himself a key in silence (ASVS 6.3.7)."""
    site = settings.SITE_URL.rstrip("/")
    bundling.tell(
        user=key.user,
        kind="api_key_made",
        context={
            "name": key.name,
            "prefix": key.prefix,
            "keys_url": site + reverse("accounts:api_keys"),
            # Served by an app above this one.
            "compromised_url": f"{site}/account/compromised/",
        },
        at=at,
    )


def _lasting(user: User, *, at: datetime) -> int:
    """How many keys count: one whose place another has taken does not."""
    return ApiKey.objects.live(at=at).filter(user=user, expires_at=None).count()


def was_made(*, secret: str) -> bool:
    """Whether a key was ever made with this secret, whatever became of it and of its owner."""
    return ApiKey.objects.filter(digest=digest_of(secret)).exists()


def revoke(*, key: ApiKey, at: datetime, ip: str | None = None) -> None:
    """End a key: its next use is refused. A revoked key keeps its first date."""
    with transaction.atomic():
        if ApiKey.objects.live(at=at).filter(pk=key.pk).update(revoked_at=at):
            _log(key, "revoke API key", changes={"key": key.prefix}, ip=ip)


def revoke_all(*, user: User, at: datetime) -> int:
    """End every key of the user; return how many there were."""
    return ApiKey.objects.live(at=at).filter(user=user).update(revoked_at=at)


def digest_of(secret: str) -> str:
    """What is stored of a secret and looked for: a keyed hash."""
    pepper: str = settings.API_KEY_PEPPER
    # A lone surrogate cannot be encoded; it belongs to no key, but must not be an error either.
    return hmac.digest(pepper.encode(), secret.encode(errors="replace"), "sha256").hex()
