"""The cards of people who may not come back: `wallet.crediting` sets their money aside (ACC-07)."""

from __future__ import annotations

from datetime import datetime

from accounts import bans
from accounts.models import Ban, User
from wallet.models import Deposit


def ban_cards_of(*, customer: User, reason: str, at: datetime) -> None:
    """Bans every card that paid a top-up of this customer."""
    paid = Deposit.objects.visible_to(customer.pk).exclude(card_fingerprint="")
    for fingerprint in paid.order_by().values_list("card_fingerprint", flat=True).distinct():
        bans.ban(kind=Ban.Kind.CARD, value=fingerprint, user=customer, reason=reason, at=at)


def ban_missing(*, at: datetime) -> int:
    """Does so for whom staff have blacklisted since; returns how many people."""
    gone = User.objects.filter(standing=User.Standing.BLACKLISTED)
    with_cards = gone.filter(deposits__card_fingerprint__gt="").distinct()
    found = list(with_cards.exclude(bans__kind=Ban.Kind.CARD))
    for person in found:
        ban_cards_of(customer=person, reason=person.standing_reason, at=at)
    return len(found)
