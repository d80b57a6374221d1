"""Why an order does not go on, in the words of staff. Each takes a row as `orders.staff.stuck`
reads it, with its attempts and notes, the newest first."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.utils.translation import gettext as _

from accounts import switches
from accounts.models import KillSwitch
from orders.expecting import window_of
from orders.following import counting
from orders.models import Order, Status, Submission
from orders.staff.words import reason_words
from services.listing import window_words
from services.models import Provider

# A count that went the wrong way.
FALLING = (counting.GREW, counting.START_CHANGED, counting.BELOW_START)


def held(order: Order, at: datetime) -> str:
    """Who holds it: a status that somebody set, or the list of prohibited uses when it came."""
    if reason := _last_reason(order, to=Status.HELD):
        return reason_words(reason)
    notes = vars(order)["notes_newest_first"]
    listed = (note.detail["terms"] for note in notes if "terms" in note.detail)
    if terms := next(listed, None):
        return _("It names what is blocked: %(terms)s") % {"terms": ", ".join(terms)}
    return _("Held when it was placed")


def unsent(order: Order, at: datetime) -> str:
    """The first thing in the way, from the outside in."""
    if reason := _forwarding_is_off(at):
        return _("Forwarding is switched off: %(reason)s") % {"reason": reason}
    if not order.customer.is_active:
        return _("The customer's account is not active")
    if order.customer.frozen_at is not None:
        return _("The customer's account is frozen")
    if order.offer is None:
        return _("No provider's service is left to try")
    attempts = vars(order)["attempts_newest_first"]
    last = attempts[0].reason if attempts else ""
    return _lane_words(order.offer.provider, at) or _last_try(last, order.offer.provider)


@lru_cache(maxsize=1)
def _forwarding_is_off(_at: datetime) -> str | None:
    """Asked once for all lines of a page, which are read at one time."""
    return switches.reason_off(KillSwitch.Part.FORWARDING)


def _lane_words(provider: Provider, at: datetime) -> str:
    if provider.is_paused:
        return _("%(provider)s is paused: %(reason)s") % {
            "provider": provider.name,
            "reason": provider.pause_reason,
        }
    if provider.tripped_until and provider.tripped_until > at:
        return _("%(provider)s failed %(count)s times in a row and is given a rest") % {
            "provider": provider.name,
            "count": provider.failures_in_a_row,
        }
    return ""


def _last_try(reason: str, provider: Provider) -> str:
    if reason:
        return _("The last try: %(reason)s") % {"reason": reason_words(reason)}
    return _("It waits for its turn at %(provider)s") % {"provider": provider.name}


def uncertain(order: Order, at: datetime) -> str:
    doubts = [
        attempt.reason
        for attempt in vars(order)["attempts_newest_first"]
        if attempt.state == Submission.State.UNCERTAIN
    ]
    return reason_words(doubts[0]) if doubts else ""


def late(order: Order, at: datetime) -> str:
    if window := window_of(order):
        return _("Its terms say: delivered %(hours)s") % {"hours": window_words(window)}
    return _("It takes more than three times as long as this service usually does")


def silent(order: Order, at: datetime) -> str:
    return _("%(provider)s has told nothing that can be read, %(count)s times in a row") % {
        "provider": order.provider,
        "count": order.poll_failures,
    }


def falling(order: Order, at: datetime) -> str:
    notes = vars(order)["notes_newest_first"]
    reasons = (note.detail.get("reason", "") for note in notes)
    return next((reason_words(reason) for reason in reasons if reason in FALLING), "")


def _last_reason(order: Order, *, to: Status) -> str:
    notes = vars(order)["notes_newest_first"]
    found = (note.detail.get("reason", "") for note in notes if note.detail.get("to") == to)
    return next(found, "")


def in_doubt_since(order: Order) -> datetime:
    attempts = vars(order)["attempts_newest_first"]
    ended = [attempt.finished_at for attempt in attempts if attempt.finished_at]
    return ended[0] if ended else order.created_at
