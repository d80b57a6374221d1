"""A gateway's event that was given up is tried once more, by the will of staff."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import cases
from accounts.acts import log_act
from accounts.models import Case, User
from wallet import tasks
from wallet.models import GatewayEvent

Outcome = GatewayEvent.Outcome


def retry(*, event_id: int, by: User, at: datetime, ip: str | None = None) -> bool:
    """Puts an event that was given up back into the queue, with all its attempts before it.

    False when it is not given up (any more): what waits is tried by itself, and what was applied
    would change nothing.
    """
    with transaction.atomic():
        given_up = GatewayEvent.objects.filter(pk=event_id, outcome=Outcome.FAILED)
        event = given_up.select_for_update().first()
        if event is None:
            return False
        event.outcome, event.processed_at = Outcome.WAITING, None
        event.attempts, event.next_attempt_at = 0, at
        event.save(update_fields=["outcome", "processed_at", "attempts", "next_attempt_at"])
        cases.resolve_case(
            kind=Case.Kind.EVENT_FAILED, key=str(event), resolution=_("Tried again"), at=at
        )
        log_act(
            actor=by,
            act="retry gateway event",
            target=f"event:{event.pk}",
            changes={"event": event.event_id, "kind": event.kind},
            ip=ip,
        )
        tasks.nudge(event_id=event.pk)
    return True
