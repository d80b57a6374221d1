"""Cards that their owners let the gateway keep: with words they agreed to, and gone when they say.

A card is kept by a payment that was begun with consent. The gateway tells later which card it was,
so that a consent without a card is looked after by a sweep, like a removed card that the gateway
may still know. Source: docs/automatic-top-ups.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from wallet.gateways.base import GatewayRefused, GatewayUnavailable
from wallet.gateways.stripe import cards as stripe_cards
from wallet.gateways.stripe.client import CODE
from wallet.models import AutoTopUp, CardConsent, Deposit, GatewayCustomer, SavedCard

# A payment that does not tell its card for so long has none to keep.
LOOKED_AFTER_FOR = timedelta(days=3)
PER_SWEEP = 50


def consent_words() -> str:
    """What is agreed to when a card is kept; stored as it was shown."""
    return _(
        "I let %(site)s keep this card at its payment provider, for top-ups that I turn on myself"
        " under Automatic top-up. I can remove the card there at any time."
    ) % {"site": settings.SITE_NAME}


def give_consent(*, deposit: Deposit, ip: str | None, at: datetime) -> None:
    """Writes down that the card of this top-up may be kept. Once for each top-up."""
    CardConsent.objects.get_or_create(
        deposit=deposit, defaults={"text": consent_words(), "given_at": at, "ip": ip}
    )


def keep_due(*, at: datetime) -> None:
    """Keeps the cards of paid top-ups with consent, and has the gateway forget removed ones."""
    paid = CardConsent.objects.filter(card=None, deposit__state=Deposit.State.PAID)
    recent = paid.filter(given_at__gt=at - LOOKED_AFTER_FOR)
    # In turn: what was paid without a card never gets one, and must not stand in front.
    in_turn = recent.order_by(F("sought_at").asc(nulls_first=True), "pk")
    for consent in in_turn.select_related("deposit")[:PER_SWEEP]:
        _attempt_keeping(consent, at=at)
    removed = SavedCard.objects.filter(removed_at__isnull=False, detached_at=None)
    for card in removed.order_by("pk")[:PER_SWEEP]:
        _attempt_forgetting(card, at=at)


def keep_card(consent: CardConsent) -> SavedCard | None:
    """The card that a paid top-up with consent was paid with; None if it was not kept.

    May use the network. Raises GatewayUnavailable, GatewayRefused.
    """
    deposit = consent.deposit
    facts = stripe_cards.card_of_payment(deposit.payment_id or "")
    if facts is None or not facts.is_kept:
        return None
    with transaction.atomic():
        card, _is_new = SavedCard.objects.update_or_create(
            gateway=CODE,
            method_id=facts.method_id,
            defaults={
                "customer_id": deposit.customer_id,
                "brand": facts.brand,
                "last_four": facts.last_four,
                "expires_on": facts.expires_on,
                "fingerprint": facts.fingerprint,
                "consent_text": consent.text,
                "consent_at": consent.given_at,
                "consent_ip": consent.ip,
            },
        )
        consent.card = card
        consent.save(update_fields=["card"])
    return card


def remove_card(*, customer_id: int, card_id: int, at: datetime) -> bool:
    """Removes a customer's card at once; whatever it would have paid is turned off. The gateway is
    told by the sweep. False when there is no such card."""
    with transaction.atomic():
        mine = SavedCard.objects.usable().filter(customer_id=customer_id, pk=card_id)
        if not mine.update(removed_at=at):
            return False
        AutoTopUp.objects.filter(card_id=card_id).update(
            is_on=False, trouble=_("Its card was removed.")
        )
    return True


def follow_card(method_id: str, at: datetime) -> None:
    """Brings a kept card up to what the gateway has: a new date, or that it is gone."""
    card = SavedCard.objects.usable().filter(gateway=CODE, method_id=method_id).first()
    if card is None:
        return
    facts = stripe_cards.read_card(method_id)
    if facts is None or not facts.is_kept:
        remove_card(customer_id=card.customer_id, card_id=card.pk, at=at)
        return
    card.brand, card.last_four = facts.brand, facts.last_four
    card.expires_on = facts.expires_on
    card.save(update_fields=["brand", "last_four", "expires_on"])


def follow_customer(gateway_id: str, at: datetime) -> None:
    """A customer was deleted at the gateway, and his cards with him."""
    row = GatewayCustomer.objects.filter(gateway=CODE, gateway_id=gateway_id).first()
    if row is None:
        return
    for card in SavedCard.objects.usable().filter(customer_id=row.customer_id, gateway=CODE):
        remove_card(customer_id=row.customer_id, card_id=card.pk, at=at)
    row.delete()


def _attempt_keeping(consent: CardConsent, *, at: datetime) -> None:
    CardConsent.objects.filter(pk=consent.pk).update(sought_at=at)
    try:
        keep_card(consent)
    except (GatewayUnavailable, GatewayRefused):
        return  # the next sweep asks again


def _attempt_forgetting(card: SavedCard, *, at: datetime) -> None:
    try:
        stripe_cards.forget(card.method_id)
    except GatewayUnavailable:
        return  # the next sweep asks again
    except GatewayRefused:
        pass  # it knows no such card
    SavedCard.objects.filter(pk=card.pk).update(detached_at=at)
