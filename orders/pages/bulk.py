"""One act for many orders of the list: what it would mean for each, before anything is done, and
what became of each afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.ending.canceling import Way
from orders.followups import asking, reasons
from orders.followups.offers import Offer, listed_offers
from orders.followups.reasons import Reason
from orders.models import FollowUp, Order
from orders.pages import listing
from orders.pages.asked import Asked
from orders.plans import drip_feeds

MOST_AT_ONCE = 500

_WAYS: Mapping[Way, str | Promise] = {
    Way.AT_ONCE: gettext_lazy("Is canceled at once; the whole charge comes back."),
    Way.ABSORB: gettext_lazy("Is canceled at once; the whole charge comes back."),
    Way.BY_OUTCOME: gettext_lazy("Is asked for: whether it has arrived decides."),
    Way.REQUEST: gettext_lazy("Is asked for: what is not delivered comes back if it can stop."),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows that were ticked, or with `is_all` every order that the filters leave."""

    kind: FollowUp.Kind
    asked: Asked
    chosen: tuple[int, ...] = ()
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    order: Order
    can: bool
    words: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`is_cut` tells that there are more orders than one turn takes."""

    wanted: Wanted
    lines: Sequence[Line]
    is_cut: bool

    @property
    def possible(self) -> int:
        return sum(line.can for line in self.lines)

    @property
    def back_micros(self) -> int:
        """What is certain to come back at once."""
        return sum(line.order.net_charge_micros for line in self.lines if line.words == _at_once())


def preview(*, customer_id: int, wanted: Wanted, at: datetime) -> Preview:
    """What would become of each order, the newest first; nothing is changed."""
    found = listing.matching(customer_id=customer_id, asked=wanted.asked, at=at)
    if not wanted.is_all:
        found = found.filter(pk__in=wanted.chosen)
    rows = list(found.order_by("-pk")[: MOST_AT_ONCE + 1])
    shown = rows[:MOST_AT_ONCE]
    offers = listed_offers(shown, at=at)
    lines = [_line(order, offers[order.pk].of(wanted.kind)) for order in shown]
    return Preview(wanted=wanted, lines=lines, is_cut=len(rows) > MOST_AT_ONCE)


def carry_out(
    *, customer_id: int, kind: FollowUp.Kind, order_ids: Iterable[int], at: datetime
) -> list[tuple[int, bool, str]]:
    """Asks for each in a transaction of its own: the number, whether it was taken, and the words.
    Sent twice it asks once: an open request or a canceled order answers for itself."""
    answers = asking.ask_many(
        order_ids=list(order_ids)[:MOST_AT_ONCE], customer_id=customer_id, kind=kind, at=at
    )
    return [_told(answer, customer_id=customer_id, at=at) for answer in answers]


def _line(order: Order, offer: Offer) -> Line:
    if offer.reason == Reason.RUNS_BEGUN and drip_feeds.may_stop(order=order):
        return Line(order=order, can=True, words=_("No further run begins; those come back."))
    if offer.reason is not None:
        return Line(order=order, can=False, words=reasons.sentence(offer.reason))
    if offer.way is not None:
        return Line(order=order, can=True, words=str(_WAYS[offer.way]))
    return Line(order=order, can=True, words=_("Is asked for."))


def _told(answer: asking.Answer, *, customer_id: int, at: datetime) -> tuple[int, bool, str]:
    """A drip-feed that runs has no cancel of its own: no further run of it begins."""
    if answer.reason == Reason.RUNS_BEGUN:
        try:
            drip_feeds.stop(order_id=answer.order_id, customer_id=customer_id, at=at)
        except drip_feeds.NothingToStop:
            pass  # its reason tells
        else:
            return answer.order_id, True, _("No further run begins. What they cost is back.")
    return answer.order_id, answer.is_taken, _outcome(answer)


def _at_once() -> str:
    return str(_WAYS[Way.AT_ONCE])


def _outcome(answer: asking.Answer) -> str:
    if answer.is_canceled:
        return _("Canceled. The whole charge is back.")
    if answer.is_taken:
        return _("Asked for. The answer appears on the order's page.")
    if answer.reason is not None:
        return reasons.sentence(answer.reason)
    return _("There is no such order.")
