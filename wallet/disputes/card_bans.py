"""The cards of people who may not come back: `wallet.topups.crediting` sets their money aside
(ACC-07)."""

from __future__ import annotations

from datetime import datetime

from accounts import bans
from accounts.models import Ban, User
from wallet.models import Deposit

CARD = Ban.Kind.CARD
Standing = User.Standing


def ban_cards_of(*, customer: User, reason: str, at: datetime) -> None:
    """Bans every card that paid a top-up of this customer."""
    paid = Deposit.objects.visible_to(customer.pk).exclude(card_fingerprint="")
    for fingerprint in paid.order_by().values_list("card_fingerprint", flat=True).distinct():
        bans.ban(kind=CARD, value=fingerprint, user=customer, reason=reason, at=at)


def ban_missing(*, at: datetime) -> int:
    """Does so for whom staff have blacklisted since, and for cards that came to be known since;
    returns how many cards."""
    paid = Deposit.objects.filter(customer__standing=Standing.BLACKLISTED, card_fingerprint__gt="")
    used = paid.order_by().values_list("customer_id", "card_fingerprint").distinct()
    banned = set(Ban.objects.filter(kind=CARD).values_list("user_id", "digest"))
    missing = [
        (customer_id, card)
        for customer_id, card in used
        if (customer_id, bans.digest_of(kind=CARD, value=card)) not in banned
    ]
    people = User.objects.in_bulk({customer_id for customer_id, _card in missing})
    for customer_id, card in missing:
        person = people[customer_id]
        bans.ban(kind=CARD, value=card, user=person, reason=person.standing_reason, at=at)
    return len(missing)
