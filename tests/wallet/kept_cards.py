"""Cards that customers of the tests let the gateway keep."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from tests.fake_stripe.process import FakeStripe
from tests.wallet.notices import BACK, tell
from tests.wallet.payments import opened
from wallet.automatic import cards
from wallet.gateways import registry
from wallet.models import Deposit, SavedCard


def paid_with_consent(stripe: FakeStripe, customer: User, method: str = "pm_card_visa") -> Deposit:
    """A paid top-up whose card may be kept; which it is nobody has asked yet."""
    deposit = opened(customer)
    cards.give_consent(deposit=deposit, ip="192.0.2.7", at=timezone.now())
    registry.STRIPE.start(deposit=deposit, return_url=BACK)
    stripe.pay(deposit.checkout_id, method)
    tell(stripe)
    deposit.refresh_from_db()
    return deposit


def saved_card(customer: User) -> SavedCard:
    """A card that is kept, without any gateway."""
    return SavedCard.objects.create(
        customer=customer,
        gateway="stripe",
        method_id=f"pm_of_{customer.pk}",
        brand="Visa",
        last_four="4242",
        consent_text=cards.consent_words(),
    )


def keep_card(stripe: FakeStripe, customer: User, method: str = "pm_card_visa") -> SavedCard:
    paid_with_consent(stripe, customer, method)
    cards.keep_due(at=timezone.now())
    return SavedCard.objects.latest("pk")
