"""Orders at a provider that belong to none of ours: found by a scan, or named by an answer that
came after its order had been given up. The loss is the house's, never the customer's.
Source: docs/forwarding.md, "Orders without an owner".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import cases
from accounts.acts import log_act
from accounts.models import Case, User
from orders.models import Order, Orphan, Submission

State = Orphan.State


class ClosedAlready(Exception):
    """Somebody, or a sweep, was first."""


def find(
    *,
    provider_id: int,
    external_id: str,
    order: Order | None,
    report: Mapping[str, object],
    note: str,
    at: datetime,
) -> Orphan:
    """Puts a number on the list once, however often it is met.

    With an `order` it was made for that one, which has ended or goes on under another number: the
    provider is to cancel it. Without one nobody knows yet, and staff are to look.
    """
    orphan, is_new = Orphan.objects.get_or_create(
        provider_id=provider_id,
        external_id=external_id,
        defaults={"order": order, "report": dict(report), "found_at": at, "note": note[:200]},
    )
    if is_new:
        key = order.reference if order else f"orphan:{orphan.pk}"
        detail = f"{external_id} at provider {provider_id} has no owner: {note}"
        cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key=key, detail=detail, at=at)
    return orphan


def adopt(*, submission: Submission, at: datetime) -> None:
    """The number that a locked attempt was just given is no orphan any more."""
    same = Orphan.objects.filter(
        provider_id=submission.provider_id, external_id=submission.external_id, state=State.OPEN
    )
    same.update(state=State.ATTACHED, order=submission.order_id, closed_at=at)


def close(*, orphan_id: int, actor: User, reason: str, at: datetime, ip: str | None = None) -> None:
    """Staff have seen to it: nothing is asked of the provider. Raises ClosedAlready."""
    with transaction.atomic():
        orphan = Orphan.objects.select_for_update().get(pk=orphan_id)
        if orphan.state not in (State.OPEN, State.CANCEL_ASKED):
            raise ClosedAlready
        orphan.state, orphan.closed_at, orphan.note = State.CLOSED, at, reason[:200]
        orphan.save(update_fields=["state", "closed_at", "note"])
        target = f"orphan:{orphan.pk}"
        log_act(actor=actor, act="close orphan", target=target, reason=reason, ip=ip)
        resolution = _("Closed: %(reason)s") % {"reason": reason}
        cases.resolve_case(kind=Case.Kind.ORDER_REVIEW, key=target, resolution=resolution, at=at)
