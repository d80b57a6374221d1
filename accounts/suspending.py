"""Suspension of programs' access, while the pages of the account go on (API-01).

The rule. A breach is one window of an account (a minute from its first call) in which at least one
call was refused as too many; how many were refused makes no difference. Breaches of an address do
not count: others may share it. As many breaches within an hour as the policy says
(`api.suspend_after`, three) suspend the account's programs for an hour, all of its keys and both
APIs; the owner hears it by mail and sees it beside his keys. What led to one suspension does not
count for the next. A second one within 30 days raises a case: staff may suspend for good, or lift.
Calls that are refused because of a suspension are no breaches.

`User.api_suspended_until` is what a call is checked against; the table holds the history.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import mail
from accounts.acts import log_act
from accounts.cases import raise_case, resolve_case
from accounts.models import ApiBreach, ApiSuspension, Case, User
from legal.policy import Policy
from legal.terms import policy_in_force

BREACHES_COUNT_FOR = timedelta(hours=1)
LASTS = timedelta(hours=1)
AGAIN_WITHIN = timedelta(days=30)
STAFF_DECIDE_WITHIN = timedelta(days=3)
# `User.api_suspended_until` of a suspension for good.
FOREVER = datetime(9000, 1, 1, tzinfo=UTC)


def note_breach(*, user_id: int, window_at: datetime, at: datetime) -> datetime | None:
    """A call of the window that was opened at `window_at` was refused. Returns until when the
    account's programs are suspended now; None: they are not.

    The first refused call of a window suffices; more of them change nothing.
    """
    with transaction.atomic():
        # Of two windows that end in one moment the second sees what the first has done.
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        if user.api_suspended_until is not None and user.api_suspended_until > at:
            return user.api_suspended_until
        ApiBreach.objects.bulk_create(
            [ApiBreach(user=user, window_at=window_at, at=at)], ignore_conflicts=True
        )
        if _breaches(user, at=at) < _most_breaches(at=at):
            return None
        return _suspend_for_now(user, at=at)


def wait_seconds(*, until: datetime, at: datetime) -> int:
    """What a refused program is told to wait; 0: waiting does not help."""
    return 0 if until >= FOREVER else int((until - at).total_seconds()) + 1


def suspend_for_good(
    *, user: User, reason: str, actor: User, at: datetime, ip: str | None = None
) -> None:
    """Programs of this account are refused until staff lift it; its owner reads the reason."""
    with transaction.atomic():
        current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _end_running(current, at=at)
        suspension = ApiSuspension.objects.create(
            user=current, began_at=at, actor=actor, reason=reason
        )
        _let_in_from(current, FOREVER)
        _log(current, act="suspend API access for good", reason=reason, actor=actor, ip=ip)
        _close_case(current, resolution=reason, at=at)
        _tell(current, f"api-suspended:{suspension.pk}", "api_suspended_for_good", reason, at=at)
    user.refresh_from_db(fields=["api_suspended_until"])


def lift(*, user: User, reason: str, actor: User, at: datetime, ip: str | None = None) -> bool:
    """Let the account's programs in again, at once; False when they were not kept out."""
    with transaction.atomic():
        current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        ended = _end_running(current, at=at)
        if not ended:
            return False
        _let_in_from(current, None)
        _log(current, act="lift API suspension", reason=reason, actor=actor, ip=ip)
        _close_case(current, resolution=reason, at=at)
        _tell(current, f"api-lifted:{ended[-1]}", "api_suspension_lifted", reason, at=at)
    user.refresh_from_db(fields=["api_suspended_until"])
    return True


def set_rate(
    *,
    user: User,
    calls_per_minute: int | None,
    reason: str,
    actor: User,
    ip: str | None = None,
) -> None:
    """Give the account a number of calls of its own; None: the usual one."""
    with transaction.atomic():
        current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        before = current.api_rate_per_minute
        if before == calls_per_minute:
            return
        current.api_rate_per_minute = calls_per_minute
        current.save(update_fields=["api_rate_per_minute"])
        log_act(
            actor=actor,
            act="change API rate",
            target=f"user:{user.pk}",
            reason=reason,
            changes={"calls_per_minute": [before, calls_per_minute]},
            ip=ip,
        )
    user.refresh_from_db(fields=["api_rate_per_minute"])


def running(*, user: User, at: datetime) -> ApiSuspension | None:
    """The suspension that keeps this account's programs out now."""
    return ApiSuspension.objects.running(at=at).filter(user=user).order_by("-pk").first()


def forget_breaches(*, at: datetime) -> None:
    """Delete breaches that count for nothing any more."""
    ApiBreach.objects.filter(at__lt=at - BREACHES_COUNT_FOR).delete()


def _breaches(user: User, *, at: datetime) -> int:
    breaches = ApiBreach.objects.filter(user=user, at__gt=at - BREACHES_COUNT_FOR)
    last = ApiSuspension.objects.filter(user=user).order_by("-pk").first()
    return breaches.filter(at__gt=last.began_at).count() if last else breaches.count()


def _most_breaches(*, at: datetime) -> int:
    return (policy_in_force(at=at) or Policy()).api_suspend_after


def _suspend_for_now(user: User, *, at: datetime) -> datetime:
    until = at + LASTS
    suspension = ApiSuspension.objects.create(user=user, began_at=at, ends_at=until)
    _let_in_from(user, until)
    _log(user, act="suspend API access", reason="", actor=None, ip=None)
    _tell(user, f"api-suspended:{suspension.pk}", "api_suspended", "", at=at)
    earlier = ApiSuspension.objects.filter(user=user, actor=None, began_at__gt=at - AGAIN_WITHIN)
    if (times := earlier.count()) > 1:
        raise_case(
            kind=Case.Kind.API_ABUSE,
            key=f"user:{user.pk}",
            detail=f"{times} times in {AGAIN_WITHIN.days} days, last at {at:%Y-%m-%d %H:%M} UTC",
            at=at,
            due_at=at + STAFF_DECIDE_WITHIN,
        )
    return until


def _end_running(user: User, *, at: datetime) -> list[int]:
    ended = list(
        ApiSuspension.objects.running(at=at).filter(user=user).values_list("pk", flat=True)
    )
    ApiSuspension.objects.filter(pk__in=ended).update(lifted_at=at)
    return ended


def _let_in_from(user: User, until: datetime | None) -> None:
    user.api_suspended_until = until
    user.save(update_fields=["api_suspended_until"])


def _close_case(user: User, *, resolution: str, at: datetime) -> None:
    resolve_case(kind=Case.Kind.API_ABUSE, key=f"user:{user.pk}", resolution=resolution, at=at)


def _log(user: User, *, act: str, reason: str, actor: User | None, ip: str | None) -> None:
    log_act(actor=actor, act=act, target=f"user:{user.pk}", reason=reason, ip=ip)


def _tell(user: User, key: str, template: str, reason: str, *, at: datetime) -> None:
    url = settings.SITE_URL.rstrip("/") + reverse("accounts:api_keys")
    context = {"reason": reason, "url": url}
    mail.enqueue(key=key, recipient=user.email, template=template, context=context, at=at)
