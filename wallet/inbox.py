"""What payment gateways tell us: proved to be theirs, stored once, answered at once.

A notification moves no money by itself. It says that something at the gateway has changed; what the
deposit then becomes is `wallet.topups.crediting`'s decision, from the gateway's own present state
and never from the text of a notification. So a repeated, late or disordered delivery is harmless.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import stripe
from django.conf import settings
from django.db import DataError, transaction

from wallet import tasks
from wallet.gateways.stripe.client import CODE as STRIPE
from wallet.models import GatewayEvent

logger = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024
TOLERANCE_SECONDS = 300


class Forged(Exception):
    """Not signed by the gateway with a secret of ours, or not within the last minutes."""


class Malformed(Exception):
    """Signed, yet not an event that can be read."""


@dataclass(frozen=True, slots=True)
class Event:
    event_id: str
    kind: str
    is_live_mode: bool
    payload: dict[str, Any]


def receive_stripe(*, body: bytes, signature: str, at: datetime) -> bool:
    """Stores one delivery; False when the event was stored before. Raises Forged, Malformed.

    An event of the other live mode is stored too, so that a mix-up of keys is seen, and concerns
    nobody here.
    """
    text = _verified(body=body, header=signature, at=at)
    event = _read(text)
    if event.is_live_mode != settings.STRIPE_LIVE_MODE:
        logger.warning("stripe event %s is of the other live mode", event.event_id)
    event_id = _store(event, at=at)
    if event_id is not None:
        tasks.nudge(event_id=event_id)
    return event_id is not None


def _verified(*, body: bytes, header: str, at: datetime) -> str:
    """The body as text. During a rotation any of the secrets may have signed it."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Forged("the body is not UTF-8") from error
    # The comparison in constant time takes ASCII only.
    if not header.isascii() or not any(
        _is_signed(text, header, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS
    ):
        raise Forged("no valid signature")
    # The SDK refuses what is old but takes a time to come, which could be kept and used later.
    if abs(at.timestamp() - _signed_at(header)) > TOLERANCE_SECONDS:
        raise Forged("signed too long ago, or in the future")
    return text


def _is_signed(text: str, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(text, header, secret))
    except stripe.SignatureVerificationError:
        return False


def _signed_at(header: str) -> int:
    """The first `t=`, as the signature check read it."""
    pairs = (item.split("=", 2) for item in header.split(","))
    return next(int(pair[1]) for pair in pairs if pair[0] == "t")


def _read(text: str) -> Event:
    try:
        payload = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    match payload:
        case {"id": str(event_id), "type": str(kind), "livemode": bool(is_live_mode)} if (
            0 < len(event_id) <= 120 and 0 < len(kind) <= 80
        ):
            return Event(event_id, kind, is_live_mode, payload)
    raise Malformed("not an event")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _store(event: Event, *, at: datetime) -> int | None:
    """The new row's id; None when the event was stored before."""
    try:
        with transaction.atomic():
            row, is_new = GatewayEvent.objects.get_or_create(
                gateway=STRIPE,
                event_id=event.event_id,
                defaults={
                    "kind": event.kind,
                    "is_live_mode": event.is_live_mode,
                    "payload": event.payload,
                    "received_at": at,
                    "next_attempt_at": at,
                },
            )
    except DataError as error:  # NUL, halves of surrogate pairs, numbers beyond any range
        raise Malformed("holds what cannot be stored") from error
    return row.pk if is_new else None
