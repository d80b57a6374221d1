"""What asking for something means, said before it is asked: to the order, and to the money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.ending.canceling import Way, gives_up_refund
from orders.followups import reasons
from orders.followups.offers import Offer
from orders.models import FollowUp, Order, OrderEvent, Role
from wallet import money

Kind = FollowUp.Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A confirm page: `act` is what its button says."""

    title: str
    text: str
    act: str


def question_for(*, order: Order, offer: Offer, at: datetime) -> Question:
    """The page before the act, for an offer that is on."""
    return _QUESTIONS[offer.kind](order, offer, at)


def _cancel(order: Order, offer: Offer, at: datetime) -> Question:
    is_with_provider = offer.way in (Way.BY_OUTCOME, Way.REQUEST)
    is_per_post = order.role == Role.SUBSCRIPTION and order.runs is None
    is_request = is_with_provider and not is_per_post
    facts = {
        "id": order.pk,
        "name": order.snapshot.get("name", ""),
        "amount": money.display(order.net_charge_micros),
        "status": order.get_status_display(),
    }
    title = _("Ask to cancel order %(id)s?") if is_request else _("Cancel order %(id)s?")
    act = _("Ask to cancel order %(id)s") if is_request else _("Cancel order %(id)s")
    if is_with_provider and is_per_post:
        text = _per_post_text()
    elif offer.way == Way.REQUEST and gives_up_refund(order):
        text = _without_refund_text()
    else:
        text = _cancel_text(offer)
    return Question(title % facts, text % facts, act % facts)


def _per_post_text() -> str:
    """Nothing was charged ahead, and asking ends what could be charged (SUB-03)."""
    return _(
        "%(name)s: no post that appears from now on is charged. We ask for it to be stopped; what "
        "still comes until then costs you nothing. Posts that were charged before are delivered. "
        "This cannot be undone."
    )


def _without_refund_text() -> str:
    """What was said before it was ordered is said again before it is given up (CAT-06)."""
    return _(
        "%(name)s: the order has begun, and it was sold without a refund from then on. We ask for "
        "it to be stopped; if it can be, nothing of the %(amount)s comes back. This cannot be "
        "undone. If you do not ask, whatever is not delivered in the end is paid back."
    )


def _cancel_text(offer: Offer) -> str:
    match offer.way:
        case Way.ABSORB:
            return _(
                "%(name)s: delivery has not begun. The order is canceled, and %(amount)s comes "
                "back to your balance at once. This cannot be undone."
            )
        case Way.BY_OUTCOME:
            return _(
                "%(name)s: the order is just being sent. If it did not arrive, it is canceled and "
                "%(amount)s comes back. If it has arrived, we ask for it to be stopped where its "
                "service allows that. You get the answer here; until then nothing is canceled."
            )
        case Way.REQUEST:
            return _(
                "%(name)s: the order is accepted for delivery, so this is a request. It stays at "
                "“%(status)s” until that is answered, usually within a day. If it can be stopped, "
                "what was not delivered comes back to your balance; if not, it goes on and nothing "
                "comes back."
            )
        case _:
            return _(
                "%(name)s: the order is not sent, and %(amount)s comes back to your balance at "
                "once. This cannot be undone."
            )


def _refill(order: Order, offer: Offer, at: datetime) -> Question:
    left = days_left(offer, at=at) or 0
    facts = {"id": order.pk, "name": order.snapshot.get("name", ""), "days": left}
    text = ngettext(
        "%(name)s: if the count has dropped below what you ordered, what is missing is delivered "
        "again, free of charge. Keep the link public. You can ask for %(days)s more day.",
        "%(name)s: if the count has dropped below what you ordered, what is missing is delivered "
        "again, free of charge. Keep the link public. You can ask for %(days)s more days.",
        left,
    )
    title, act = _("Ask for a refill of order %(id)s?"), _("Ask for a refill of order %(id)s")
    return Question(title % facts, text % facts, act % facts)


def _speed_up(order: Order, offer: Offer, at: datetime) -> Question:
    facts = {"id": order.pk, "name": order.snapshot.get("name", "")}
    text = _(
        "%(name)s: we ask whether the order can go faster. It costs nothing, and you get an answer "
        "within a day; what is possible depends on the service."
    )
    title, act = _("Ask for order %(id)s to go faster?"), _("Ask for a speed-up of order %(id)s")
    return Question(title % facts, text % facts, act % facts)


_QUESTIONS: Mapping[str, Callable[[Order, Offer, datetime], Question]] = {
    Kind.CANCEL: _cancel,
    Kind.REFILL: _refill,
    Kind.SPEED_UP: _speed_up,
}


def days_left(offer: Offer, *, at: datetime) -> int | None:
    """Of the refill time, a day that has begun counted as one; None where there is none left."""
    if offer.until is None or offer.until <= at:
        return None
    return -((at - offer.until) // timedelta(days=1))


def event_words(event: OrderEvent) -> str:
    """A line of the order's story: "Refill: passed on, …"; "" for what the panel asked by itself,
    which is no matter of its customer's."""
    if "by_itself" in event.detail:
        return ""
    kind, state = Kind(event.detail["follow_up"]), event.detail["state"]
    words = f"{kind.label}: {reasons.STATES[state]}"
    why = reasons.sentence(event.detail.get("reason", ""))
    return f"{words}. {why}" if why else words
