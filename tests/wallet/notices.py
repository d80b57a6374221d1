"""Handing the fake gateway's events to the panel, as its webhooks do, in the order a test wants."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from accounts.models import User
from legal.models import Publication
from smmpanel.fake_stripe.store import Body
from tests.factories import MICROS
from tests.fake_stripe.process import FakeStripe
from wallet import events, inbox
from wallet.gateways import registry
from wallet.gateways.stripe.client import CODE
from wallet.models import Deposit, GatewayEvent

BACK = "http://127.0.0.1:8000/wallet/"


def tell(stripe: FakeStripe, told: Iterable[Body] | None = None) -> None:
    """Delivers these events, or all that the panel has not stored yet, and carries out what is
    due."""
    for event in stripe.events() if told is None else told:
        receive(stripe, event)
    work()


def receive(stripe: FakeStripe, event: Body) -> None:
    """Signed, proved and stored; not carried out."""
    body, signature = stripe.signed(event)
    inbox.receive_stripe(body=body, signature=signature, at=timezone.now())


def work() -> None:
    """What the workers do with the stored events."""
    for event_id in GatewayEvent.objects.due(at=timezone.now()).values_list("pk", flat=True):
        events.process(event_id=event_id, at=timezone.now())


def at_page(customer: User, amount_micros: int = 25 * MICROS) -> Deposit:
    """A top-up by Stripe whose customer is at the hosted page; `checkout_id` is its session."""
    deposit = Deposit.objects.create(
        customer=customer,
        publication=Publication.objects.current(),
        gateway=CODE,
        asked_micros=amount_micros,
        amount_micros=amount_micros,
    )
    registry.STRIPE.start(deposit=deposit, return_url=BACK)
    return deposit


def paid_at_page(
    stripe: FakeStripe,
    customer: User,
    amount_micros: int = 25 * MICROS,
    method: str = "pm_card_visa",
) -> Deposit:
    """A top-up by Stripe that was paid with this test card, told and credited."""
    deposit = at_page(customer, amount_micros)
    stripe.pay(deposit.checkout_id, method)
    tell(stripe)
    deposit.refresh_from_db()
    return deposit
