"""Carrying out what gateways have told: the stored event names an object, and the object is read
anew from the gateway. So it does not matter in which order events come, how often, or how late.

A worker claims an event by putting its next attempt off; no transaction is open while it works. A
worker that dies in between leaves an event that is due again when its lease is over. What fails
again and again is given up with a case for staff; the sweep of `wallet.reconciling` still finds the
payment. A new kind of event is one line in `_HANDLERS`. Source: docs/payments.md, "Events".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, transaction

from accounts import cases
from accounts.models import Case
from wallet.automatic import cards
from wallet.disputes.news import follow_dispute, follow_warning
from wallet.gateways.base import GatewayRefused, GatewayUnavailable
from wallet.gateways.stripe import payments
from wallet.gateways.stripe.client import CODE as STRIPE
from wallet.gateways.stripe.reviews import read_review
from wallet.ledger import LedgerError
from wallet.models import GatewayEvent
from wallet.payouts.news import follow_charge, follow_refund
from wallet.topups import crediting, reviews

logger = logging.getLogger(__name__)

# What an event is about: the object's id, and the time to write into the books.
Handler = Callable[[str, datetime], None]
Outcome = GatewayEvent.Outcome

# Longer than all calls of one event may take together: who outlives it has no thread behind it.
LEASE = timedelta(minutes=3)
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
# With these pauses: half a day.
MOST_ATTEMPTS = 20


def process(*, event_id: int, at: datetime) -> None:
    """Carries out one stored event (its row's id), if it is due and nobody else is at it."""
    event = _claim(event_id, at=at)
    if event is None:
        return
    handler = _HANDLERS.get(event.kind)
    if handler is None or event.is_live_mode != settings.STRIPE_LIVE_MODE:
        _finish(event, Outcome.IGNORED, at=at)
        return
    try:
        handler(_object_id(event), at)
    except (GatewayUnavailable, GatewayRefused, LedgerError, Error) as error:
        _put_off(event, error, at=at)
    else:
        _finish(event, Outcome.APPLIED, at=at)


def _claim(event_id: int, *, at: datetime) -> GatewayEvent | None:
    """Takes the event for LEASE; one that has had its attempts is given up instead."""
    with transaction.atomic():
        due = GatewayEvent.objects.due(at=at).select_for_update(skip_locked=True)
        event = due.filter(pk=event_id).first()
        if event is None:
            return None
        if event.attempts >= MOST_ATTEMPTS:
            _give_up(event, at=at)
            return None
        event.attempts += 1
        event.next_attempt_at = at + LEASE
        event.save(update_fields=["attempts", "next_attempt_at"])
    return event


def _object_id(event: GatewayEvent) -> str:
    """The id of what the event is about: all that is taken from its text."""
    match event.payload:
        case {"data": {"object": {"id": str(object_id)}}} if object_id:
            return object_id
    raise GatewayRefused("the event names no object")


def _finish(event: GatewayEvent, outcome: Outcome, *, at: datetime) -> None:
    event.outcome, event.processed_at, event.last_error = outcome, at, ""
    event.save(update_fields=["outcome", "processed_at", "last_error"])


def _put_off(event: GatewayEvent, error: Exception, *, at: datetime) -> None:
    event.last_error = f"{type(error).__name__}: {error}"[:200]
    event.next_attempt_at = at + min(FIRST_PAUSE * 2 ** (event.attempts - 1), LONGEST_PAUSE)
    event.save(update_fields=["last_error", "next_attempt_at"])
    logger.warning("event %s (%s) was put off: %s", event, event.kind, event.last_error)


def _give_up(event: GatewayEvent, *, at: datetime) -> None:
    event.outcome, event.processed_at = Outcome.FAILED, at
    event.save(update_fields=["outcome", "processed_at"])
    cases.raise_case(
        kind=Case.Kind.EVENT_FAILED,
        key=str(event),
        detail=f"{event.kind} could not be carried out in {event.attempts} attempts:"
        f" {event.last_error or 'its worker was lost each time'}",
        at=at,
    )


def _payment_page(session_id: str, at: datetime) -> None:
    crediting.apply(payments.read_session(session_id), gateway=STRIPE, at=at)


def _payment(intent_id: str, at: datetime) -> None:
    crediting.apply(payments.read_intent(intent_id), gateway=STRIPE, at=at)


def _review(review_id: str, at: datetime) -> None:
    reviews.apply(read_review(review_id), gateway=STRIPE, at=at)


def _charge(charge_id: str, at: datetime) -> None:
    if intent_id := payments.intent_of_charge(charge_id):
        _payment(intent_id, at)


_HANDLERS: Mapping[str, Handler] = {
    "checkout.session.completed": _payment_page,
    "checkout.session.async_payment_succeeded": _payment_page,
    "checkout.session.async_payment_failed": _payment_page,
    "checkout.session.expired": _payment_page,
    "payment_intent.succeeded": _payment,
    "payment_intent.processing": _payment,
    "payment_intent.requires_action": _payment,
    "payment_intent.payment_failed": _payment,
    "payment_intent.canceled": _payment,
    "charge.succeeded": _charge,
    "charge.updated": _charge,
    "review.opened": _review,
    "review.closed": _review,
    "charge.refunded": follow_charge,
    "charge.refund.updated": follow_refund,
    "refund.created": follow_refund,
    "refund.updated": follow_refund,
    "refund.failed": follow_refund,
    "charge.dispute.created": follow_dispute,
    "charge.dispute.updated": follow_dispute,
    "charge.dispute.funds_withdrawn": follow_dispute,
    "charge.dispute.funds_reinstated": follow_dispute,
    "charge.dispute.closed": follow_dispute,
    "radar.early_fraud_warning.created": follow_warning,
    "radar.early_fraud_warning.updated": follow_warning,
    "payment_method.updated": cards.follow_card,
    "payment_method.automatically_updated": cards.follow_card,
    "payment_method.detached": cards.follow_card,
    "customer.deleted": cards.follow_customer,
}
