"""What somebody may still do here: the one way to suspend, terminate or reactivate (ACC-06)."""

from datetime import datetime

from django.db import transaction

from accounts import api_keys, bans, mail
from accounts.acts import log_act
from accounts.models import User

Standing = User.Standing


def change_standing(
    *,
    user: User,
    standing: User.Standing,
    reason: str,
    actor: User | None,
    at: datetime,
    ip: str | None = None,
) -> None:
    """Set the standing, log who did it and why, and end every session and API key at once.

    Keys stay revoked after a reactivation: a new one is made in a moment, and a key that comes
    back to life surprises its owner. Waiting orders stay unsent and paid while the account is not
    active. The owner hears the reason by mail, and can object by answering it. The address of who
    is blacklisted is banned, until the account is active again (ACC-07).
    """
    with transaction.atomic():
        # Rows that point at a user are written while money is locked: they must not wait for this.
        current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        before = current.standing
        if (before, current.standing_reason) == (standing, reason):
            return
        _set(current, standing, reason)
        if standing != User.Standing.ACTIVE:
            api_keys.revoke_all(user=current, at=at)
            _tell_owner(current, at)
        _ban_or_lift(current, reason=reason, at=at)
        log_act(
            actor=actor,
            act="change standing",
            target=f"user:{user.pk}",
            reason=reason,
            changes={"standing": [before, standing]},
            ip=ip,
        )
    user.refresh_from_db()


def _set(user: User, standing: User.Standing, reason: str) -> None:
    user.standing, user.standing_reason = standing, reason
    user.session_epoch += 1
    user.save(update_fields=["standing", "standing_reason", "is_active", "session_epoch"])


def _ban_or_lift(user: User, *, reason: str, at: datetime) -> None:
    if user.standing == Standing.BLACKLISTED:
        bans.ban(kind=bans.Kind.EMAIL, value=user.email, user=user, reason=reason, at=at)
    elif user.standing == Standing.ACTIVE:
        bans.lift(user=user)


def _tell_owner(user: User, at: datetime) -> None:
    """One mail for each change: the epoch, which has just been raised, numbers them."""
    mail.enqueue(
        key=f"standing:{user.pk}:{user.session_epoch}",
        recipient=user.email,
        template="account_standing",
        context={"standing": user.get_standing_display(), "reason": user.standing_reason},
        at=at,
    )
