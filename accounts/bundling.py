"""Mails about what somebody can do again and again, such as making keys (ASVS 6.3.7).

The first of an hour are told each by a mail of its own, at once. What follows is counted in one
mail, which goes out when the hour is over: whoever makes keys in a loop can neither flood a mailbox
nor act in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction

from accounts import mail
from accounts.models import OutboundMail, User

AT_ONCE = 3
_HOUR = timedelta(hours=1)
# A call that began within the hour may be written down after its end.
_GRACE = timedelta(minutes=1)


def tell(*, user: User, kind: str, context: Mapping[str, object], at: datetime) -> None:
    """Write the mail `kind`, or count it in `<kind>_often`, whose text has `count` and `since` as
    well. Other mails of this kind and user wait for the transaction to end: call it last."""
    began_at = at.replace(minute=0, second=0, microsecond=0)
    of_hour = f"{kind}:{user.pk}:{began_at:%Y%m%d%H}"
    with transaction.atomic():
        _take_turn(kind, user)
        told = _told(of_hour)
        if told < AT_ONCE:
            mail.enqueue(
                key=f"{of_hour}:{told + 1}",
                recipient=user.email,
                template=kind,
                context=context,
                at=at,
            )
        else:
            _count(f"{of_hour}:more", user, kind, {**context, "since": began_at}, at=at)


def _take_turn(kind: str, user: User) -> None:
    """No row's lock: what is told of is done under locks in many orders."""
    with connection.cursor() as cursor:
        lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
        cursor.execute(lock, [f"{kind}:{user.pk}"])


def _told(of_hour: str) -> int:
    return OutboundMail.objects.filter(key__startswith=f"{of_hour}:").count()


def _count(key: str, user: User, kind: str, context: Mapping[str, object], *, at: datetime) -> None:
    """One more in the mail that waits for the end of the hour, which is written anew."""
    waiting = OutboundMail.objects.filter(key=key)
    earlier = waiting.values_list("events", flat=True).first() or 0
    waiting.delete()
    ends_at = at.replace(minute=0, second=0, microsecond=0) + _HOUR
    again = mail.enqueue(
        key=key,
        recipient=user.email,
        template=f"{kind}_often",
        context={**context, "count": earlier + 1},
        at=at,
    )
    again.events, again.next_attempt_at = earlier + 1, ends_at + _GRACE
    again.save(update_fields=["events", "next_attempt_at"])
