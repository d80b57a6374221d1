"""Money of a customer that waits, and why, in words: beside the balance, of which it is no part."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from wallet.pots import Hold, holds_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """One cause with what it holds of cash and bonus together, in micros."""

    words: str
    amount_micros: int


def waiting_for(*, customer_id: int) -> list[Waiting]:
    """What waits, cause by cause."""
    return [
        Waiting(_words(hold), hold.cash_micros + hold.bonus_micros)
        for hold in holds_of(customer_id=customer_id)
    ]


def _words(hold: Hold) -> str:
    facts = {"number": hold.deposit.partition(":")[2]}
    match hold.reference.partition(":")[0]:
        case "payout":
            return _("Asked back, of top-up %(number)s") % facts
        case "dispute":
            return _("Your bank asks about top-up %(number)s") % facts
        case "warning":
            return _("A bank warns of the payment of top-up %(number)s") % facts
    return _("On hold, of top-up %(number)s") % facts
