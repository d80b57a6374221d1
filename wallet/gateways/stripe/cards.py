"""Cards that Stripe keeps for a customer: kept by a payment, charged without him, forgotten."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import stripe
from stripe import PaymentMethod

from wallet.currencies import LEDGER_CURRENCY, MICROS_PER_CENT
from wallet.gateways.base import Payment
from wallet.gateways.stripe import payments
from wallet.gateways.stripe.client import CODE, api, gateway_errors, id_of, note_of
from wallet.models import Deposit, GatewayCustomer


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What may be shown of a card, and whether Stripe (still) keeps it for a customer."""

    method_id: str
    brand: str
    last_four: str
    expires_on: date | None
    fingerprint: str
    is_kept: bool


def customer_for(*, user_id: int) -> str:
    """Stripe's number of a customer of ours, made on first use. It learns our number alone."""
    found = GatewayCustomer.objects.filter(customer_id=user_id, gateway=CODE).first()
    if found is not None:
        return found.gateway_id
    with gateway_errors():
        made = api().customers.create(
            {"metadata": {"user_id": str(user_id)}}, {"idempotency_key": f"customer:{user_id}"}
        )
    row, _is_new = GatewayCustomer.objects.get_or_create(
        customer_id=user_id, gateway=CODE, defaults={"gateway_id": made.id}
    )
    return row.gateway_id


def card_of_payment(payment_id: str) -> CardFacts | None:
    """The card that a payment was made with; None if it was no card."""
    with gateway_errors():
        intent = api().payment_intents.retrieve(payment_id, {"expand": ["payment_method"]})
    method = intent.payment_method
    return _facts(method) if isinstance(method, PaymentMethod) else None


def read_card(method_id: str) -> CardFacts | None:
    """A card as Stripe has it now; None for a method that is no card."""
    with gateway_errors():
        method = api().payment_methods.retrieve(method_id)
    return _facts(method)


def charge(*, deposit: Deposit, method_id: str) -> Payment:
    """Pays a top-up with a kept card while its owner is away. A card that declines, or that wants
    to see its owner, is a payment that failed, with the reason. The same top-up is one payment."""
    with gateway_errors():
        try:
            intent = api().payment_intents.create(
                {
                    "amount": deposit.asked_micros // MICROS_PER_CENT,
                    "currency": LEDGER_CURRENCY,
                    "customer": customer_for(user_id=deposit.customer_id),
                    "payment_method": method_id,
                    "off_session": True,
                    "confirm": True,
                    # Nobody is there whom another page could ask.
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "metadata": {"deposit_id": str(deposit.pk)},
                    "statement_descriptor_suffix": f"T{deposit.pk}",
                },
                {"idempotency_key": f"topup:{deposit.customer_id}:{deposit.pk}"},
            )
        except stripe.CardError as error:
            intent_id = _intent_of(error)
            if not intent_id:
                raise
        else:
            intent_id = intent.id
    return payments.read_intent(intent_id)


def find_charge(*, deposit: Deposit) -> Payment | None:
    """The payment that `charge` began for a top-up, if Stripe knows of one: asked before a late
    repeat. One customer pays seldom, so the newest hundred are enough."""
    customer = GatewayCustomer.objects.filter(customer_id=deposit.customer_id, gateway=CODE).first()
    if customer is None:
        return None
    with gateway_errors():
        begun = api().payment_intents.list({"customer": customer.gateway_id, "limit": 100})
    for intent in begun.data:
        if note_of(intent.metadata, "deposit_id") == str(deposit.pk):
            return payments.read_intent(intent.id)
    return None


def forget(method_id: str) -> None:
    """Has Stripe forget a card. One that it has forgotten already is as it should be."""
    card = read_card(method_id)
    if card is not None and card.is_kept:
        with gateway_errors():
            api().payment_methods.detach(method_id)


def _facts(method: PaymentMethod) -> CardFacts | None:
    """The SDK has no member at all for a kind of payment that it was not."""
    card: PaymentMethod.Card | None = getattr(method, "card", None)
    if card is None:
        return None
    last_day = monthrange(card.exp_year, card.exp_month)[1]
    return CardFacts(
        method_id=method.id,
        brand=card.brand.title(),
        last_four=card.last4,
        expires_on=date(card.exp_year, card.exp_month, last_day),
        fingerprint=card.fingerprint or "",
        is_kept=bool(id_of(method.customer)),
    )


def _intent_of(error: stripe.CardError) -> str:
    """The payment that was declined; its own words tell why."""
    intent = getattr(error.error, "payment_intent", None)
    return id_of(intent)
