"""Freezing an account whose owner says that somebody else may have got in (ACC-11).

Everything that opens something ends at once: keys of programs, operator keys, sessions, a change of
the e-mail address that was begun, and the password, so that a new one has to come through the
owner's mail. Until staff lift it, nothing is
ordered from anywhere, no order that waits is sent, no card is charged by itself and nothing is
paid back; each of those doors asks `User.frozen_at`. The owner can log in, read and write. Keys
stay revoked when it is lifted: which of them were known to others nobody can tell.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import api_keys, mail, sessions
from accounts.acts import log_act
from accounts.cases import resolve_case
from accounts.models import ApiKey, Case, OperatorKey, User


def freeze(*, user: User, at: datetime, ip: str | None = None) -> bool:
    """End what opens the account, and freeze it; False when it was frozen before.

    What came after an earlier freeze ends as well: a session, a password.
    """
    with transaction.atomic():
        current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        ended = _end_keys(current, at=at)
        _end_log_ins(current)
        is_new = current.frozen_at is None
        if is_new:
            current.frozen_at = at
            current.save(update_fields=["frozen_at"])
            log_act(
                actor=current,
                act="report compromised account",
                target=f"user:{current.pk}",
                changes={"keys_ended": ended},
                ip=ip,
            )
            _tell(current, "account_frozen", address="account_reset_password", at=at)
    user.refresh_from_db()
    return is_new


def lift(*, user: User, reason: str, actor: User, at: datetime, ip: str | None = None) -> bool:
    """Let the account order and be paid again; False when it was not frozen."""
    with transaction.atomic():
        current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if current.frozen_at is None:
            return False
        _tell(current, "account_unfrozen", address="accounts:api_keys", at=at)
        current.frozen_at = None
        current.save(update_fields=["frozen_at"])
        target = f"user:{current.pk}"
        log_act(actor=actor, act="lift freeze", target=target, reason=reason, ip=ip)
        resolve_case(kind=Case.Kind.COMPROMISED, key=target, resolution=reason, at=at)
    user.refresh_from_db()
    return True


def is_frozen(*, user_id: int) -> bool:
    """Asked of the table: what a request has read may be older than the freeze."""
    return User.objects.filter(pk=user_id, frozen_at__isnull=False).exists()


def _end_keys(user: User, *, at: datetime) -> list[str]:
    prefixes = list(ApiKey.objects.live(at=at).filter(user=user).values_list("prefix", flat=True))
    api_keys.revoke_all(user=user, at=at)
    of_staff = OperatorKey.objects.filter(user=user, revoked_at=None)
    prefixes += of_staff.values_list("prefix", flat=True)
    of_staff.update(revoked_at=at)
    return prefixes


def _end_log_ins(user: User) -> None:
    user.set_unusable_password()
    user.save(update_fields=["password"])
    sessions.end_all(user=user)
    # A change of address that was begun before must not be confirmed after it.
    begun = EmailAddress.objects.filter(user=user, verified=False)
    begun.exclude(email__iexact=user.email).delete()


def _tell(user: User, template: str, *, address: str, at: datetime) -> None:
    """One mail for each freeze and each end of one: the moment of the freeze numbers them."""
    mail.enqueue(
        key=f"{template}:{user.pk}:{user.frozen_at:%Y%m%d%H%M%S%f}",
        recipient=user.email,
        template=template,
        context={"url": settings.SITE_URL.rstrip("/") + reverse(address)},
        at=at,
    )
