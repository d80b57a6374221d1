"""Which doubtful attempts the panel looks for by itself, and how it decides what it found out.

Whatever is decided so is written down like a person's decision: without an actor, with the facts.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from orders.models import Status, Submission, SubmissionQuerySet
from orders.sending import resolving
from orders.sending.deciding import CannotDecide, Decision

logger = logging.getLogger(__name__)

State = Submission.State

DUPLICATE_LINK = "duplicate_link"
# What was looked for and not found out is looked for again after this.
LOOK_AGAIN = timedelta(minutes=5)
# What was given up may turn up later; that long it is still looked for, if rarely.
WATCHED = timedelta(days=4)
WATCH_AGAIN = timedelta(hours=6)


def uncertain_at(provider_id: int) -> SubmissionQuerySet:
    """Every attempt of this provider that is in doubt."""
    return _uncertain().filter(provider=provider_id)


def given_up_at(provider_id: int, *, at: datetime) -> SubmissionQuerySet:
    """Attempts whose orders were refunded although nobody knows whether they arrived."""
    return _given_up(at=at).filter(provider=provider_id)


def to_look_for(*, at: datetime) -> SubmissionQuerySet:
    """What is due at providers that can be asked now, in the ways that each was chosen for."""
    is_open = Q(provider__tripped_until=None) | Q(provider__tripped_until__lte=at)
    is_chosen = Q(provider__scans_numbers=True) | Q(provider__checks_balance=True)
    doubts = Q(pk__in=_uncertain().values("pk")) & _not_since(at - LOOK_AGAIN)
    given_up = Q(pk__in=_given_up(at=at).values("pk")) & _not_since(at - WATCH_AGAIN)
    wanted = (doubts & (is_chosen | Q(reason=DUPLICATE_LINK))) | (
        given_up & Q(provider__scans_numbers=True)
    )
    return Submission.objects.filter(wanted, is_open, provider__paused_at=None)


def _uncertain() -> SubmissionQuerySet:
    return Submission.objects.filter(state=State.UNCERTAIN, order__status=Status.UNCERTAIN)


def _given_up(*, at: datetime) -> SubmissionQuerySet:
    return Submission.objects.filter(
        state=State.RESOLVED, order__status=Status.CANCELED, finished_at__gt=at - WATCHED
    )


def _not_since(moment: datetime) -> Q:
    return Q(sought_at=None) | Q(sought_at__lte=moment)


def attach(
    doubt: Submission, *, number: str, reason: str, facts: Mapping[str, object], at: datetime
) -> None:
    """It arrived. Nothing happens where somebody was first or the provider takes it back."""
    try:
        resolving.attach(decision=_decision(doubt, reason, facts, at), external_id=number)
    except CannotDecide as refusal:
        logger.info("order %s: not attached (%s)", doubt.order_id, type(refusal).__name__)


def send_again(
    doubt: Submission,
    *,
    reason: str,
    facts: Mapping[str, object],
    at: datetime,
    not_before: datetime | None = None,
) -> None:
    """It never arrived. Nothing happens where somebody was first."""
    try:
        resolving.not_created(decision=_decision(doubt, reason, facts, at), not_before=not_before)
    except CannotDecide as refusal:
        logger.info("order %s: not sent again (%s)", doubt.order_id, type(refusal).__name__)


def _decision(
    doubt: Submission, reason: str, facts: Mapping[str, object], at: datetime
) -> Decision:
    return Decision(
        order_id=doubt.order_id,
        submission_id=doubt.pk,
        actor=None,
        reason=reason,
        at=at,
        facts=facts,
    )
