"""Addresses and cards that may not be used here again (ACC-07). Only keyed hashes are kept, so the
list can be asked and not read, and it stays when the account that it came from is erased."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings

from accounts.models import Ban, User

Kind = Ban.Kind

# There a dot in the name before the @ means nothing: one mailbox has many spellings.
_DOTLESS_HOSTS = frozenset({"gmail.com", "googlemail.com"})


def ban(*, kind: Ban.Kind, value: str, user: User, reason: str, at: datetime) -> None:
    """Ban an e-mail address or the fingerprint of a card because of this account; a repeat keeps
    the account's first row."""
    Ban.objects.get_or_create(
        kind=kind,
        digest=digest_of(kind=kind, value=value),
        user=user,
        defaults={"reason": reason[:200], "created_at": at},
    )


def is_banned(*, kind: Ban.Kind, value: str) -> bool:
    """Whether this address, in whatever spelling, or this card is banned. An empty one is not."""
    banned = Ban.objects.filter(kind=kind, digest=digest_of(kind=kind, value=value))
    return bool(value) and banned.exists()


def lift(*, user: User) -> None:
    """Take back every ban that came from this account, which is active again; not those of others
    who share an address or a card with it."""
    Ban.objects.filter(user=user).delete()


def mailbox_of(email: str) -> str:
    """The mailbox behind a spelling of an address: "User+shop@EXAMPLE.com" is user@example.com."""
    name, _at, host = email.strip().lower().rpartition("@")
    name = name.partition("+")[0]
    return f"{name.replace('.', '') if host in _DOTLESS_HOSTS else name}@{host}"


def digest_of(*, kind: Ban.Kind, value: str) -> str:
    """How an address, in whatever spelling, or a card stands on the list."""
    plain = mailbox_of(value) if kind == Kind.EMAIL else value
    pepper: str = settings.API_KEY_PEPPER
    # A lone surrogate cannot be encoded; it is nobody's address, but must not be an error either.
    message = f"ban:{kind}:{plain}".encode(errors="replace")
    return hmac.new(pepper.encode(), message, digestmod=hashlib.sha256).hexdigest()
