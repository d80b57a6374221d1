"""Stripe's payments as the wallet reads them: a PaymentIntent, its last charge, what it cost.

A page (session) stays open after a card was declined, so an intent that waits for another card says
nothing final by itself: its session does.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

from stripe import BalanceTransaction, Charge, PaymentIntent, StripeObject
from stripe.checkout import Session

from wallet.gateways.base import Payment, PaymentState
from wallet.gateways.stripe.booking import micros_of
from wallet.gateways.stripe.client import api, gateway_errors, id_of, note_of
from wallet.models import Deposit

logger = logging.getLogger(__name__)

INTENT_EXPANDS = ["latest_charge.balance_transaction"]
SESSION_EXPANDS = ["payment_intent.latest_charge.balance_transaction"]
LONGEST_ID = 15

# Where the gateway's word for a kind of payment would not read well.
_WORDS = {"us_bank_account": "US bank account", "sepa_debit": "SEPA direct debit"}
_STATES = {
    "succeeded": PaymentState.SUCCEEDED,
    "processing": PaymentState.PROCESSING,
    "canceled": PaymentState.FAILED,
}


def look_up(deposit: Deposit) -> Payment | None:
    """The payment of a top-up as it is now; None if none was begun.

    One that has its payment is read by it: staff may have credited that of another page.
    """
    has_payment = deposit.state in (Deposit.State.PAID, Deposit.State.QUARANTINED)
    if deposit.checkout_id and not (has_payment and deposit.payment_id):
        return read_session(deposit.checkout_id)
    return read_intent(deposit.payment_id) if deposit.payment_id else None


def read_intent(intent_id: str) -> Payment:
    """A payment by its PaymentIntent; asks the page that it belongs to when it is not over."""
    with gateway_errors():
        intent = api().payment_intents.retrieve(intent_id, {"expand": INTENT_EXPANDS})
        payment = payment_of(intent)
        if payment.state in (PaymentState.SUCCEEDED, PaymentState.PROCESSING):
            return payment
        pages = api().checkout.sessions.list({"payment_intent": intent_id, "limit": 1})
        return read_session(pages.data[0].id) if pages.data else payment


def read_session(session_id: str) -> Payment:
    """A payment by the page that it is paid at."""
    with gateway_errors():
        session = api().checkout.sessions.retrieve(session_id, {"expand": SESSION_EXPANDS})
    return _payment_at(session)


def intent_of_charge(charge_id: str) -> str:
    """The id of the PaymentIntent that a charge belongs to; "" for a charge without one."""
    with gateway_errors():
        charge = api().charges.retrieve(charge_id)
    return id_of(charge.payment_intent)


def payment_of(intent: PaymentIntent) -> Payment:
    """An intent whose charge and balance transaction are expanded, as it stands by itself."""
    charge = intent.latest_charge if isinstance(intent.latest_charge, Charge) else None
    state = _STATES.get(intent.status, PaymentState.OPEN)
    error = intent.last_payment_error
    if error is not None and intent.status == "requires_payment_method":
        state = PaymentState.FAILED
    return Payment(
        payment_id=intent.id,
        state=state,
        received_coins=intent.amount_received,
        currency=intent.currency,
        deposit_id=_deposit_id(intent.metadata),
        charge_id=charge.id if charge else "",
        fee_micros=_fee_micros(charge) if charge else None,
        method_label=_method_label(charge) if charge else "",
        card_fingerprint=_fingerprint(charge) if charge else "",
        trouble=getattr(error, "message", None) or "",
        declined_at=_declined_at(charge) if charge else None,
    )


def _payment_at(session: Session) -> Payment:
    """What an open page, or one that ended, makes of its intent."""
    intent = session.payment_intent
    if not isinstance(intent, PaymentIntent):
        if session.status == "complete":
            logger.error("page %s was completed without a payment", session.id)
        state = PaymentState.OPEN if session.status == "open" else PaymentState.EXPIRED
        return Payment(payment_id="", state=state, deposit_id=_deposit_id(session.metadata))
    payment = payment_of(intent)
    if payment.state in (PaymentState.SUCCEEDED, PaymentState.PROCESSING):
        return payment
    ends = {"open": PaymentState.OPEN, "expired": PaymentState.EXPIRED}
    return replace(payment, state=ends.get(session.status or "", PaymentState.FAILED))


def _deposit_id(metadata: StripeObject | None) -> int | None:
    """Our number as we gave it; anybody may have written something else at the gateway."""
    text = note_of(metadata, "deposit_id")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None


def _fee_micros(charge: Charge) -> int | None:
    """What Stripe kept, in micro-USD; None while it has not booked the charge."""
    booked = charge.balance_transaction
    if not isinstance(booked, BalanceTransaction):
        return None
    return micros_of(booked, coins=booked.fee)


def _method_label(charge: Charge) -> str:
    """ "Visa •••• 4242", or the kind of payment in words."""
    details = charge.payment_method_details
    if details is None:
        return ""
    if card := _card(charge):
        return f"{(card.brand or 'card').title()} •••• {card.last4}"
    return _WORDS.get(details.type) or details.type.replace("_", " ").capitalize()


def _fingerprint(charge: Charge) -> str:
    card = _card(charge)
    return (card.fingerprint or "") if card else ""


def _card(charge: Charge) -> Charge.PaymentMethodDetails.Card | None:
    """The SDK has no member at all for a kind of payment that it was not."""
    card: Charge.PaymentMethodDetails.Card | None
    card = getattr(charge.payment_method_details, "card", None)
    return card


def _declined_at(charge: Charge) -> datetime | None:
    return datetime.fromtimestamp(charge.created, UTC) if charge.status == "failed" else None
