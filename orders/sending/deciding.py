"""What a decision about an uncertain order is, who may make it alone, and why one cannot be made.
Rules: docs/forwarding.md, "Deciding an uncertain order".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import BigIntegerField, Sum, TextChoices
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from orders.models import Order, OrderEvent, Proposal, Role, Status
from wallet.money import parse_amount

SHORTEST_REASON = 10
LONGEST_REASON = 200
PERMISSION = "orders.resolve_uncertain"
WINDOW = timedelta(days=30)


class Verdict(TextChoices):
    """What may be decided; the label says what has been found out."""

    ATTACH = "attach", gettext_lazy("It arrived: follow it")
    NOT_CREATED = "not_created", gettext_lazy("It never arrived: send it again")
    REFUND = "refund", gettext_lazy("Give it up: refund")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decides about which attempt, and why. Raises ValueError for a reason that says nothing.

    `submission_id` is the attempt that was looked at; without an `actor` the panel decides, by
    `facts` that leave no doubt. `proposal_id` is what the actor agrees to as the second person.
    The customer never reads the reason.
    """

    order_id: int
    submission_id: int
    actor: User | None
    reason: str
    at: datetime
    ip: str | None = None
    proposal_id: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not SHORTEST_REASON <= len(self.reason.strip()) <= LONGEST_REASON:
            raise ValueError(f"a reason has {SHORTEST_REASON} to {LONGEST_REASON} characters")

    @property
    def actor_id(self) -> int | None:
        return self.actor.pk if self.actor else None


class CannotDecide(Exception):
    """Nothing was changed; `message` tells staff why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AlreadyDecided(CannotDecide):
    """Somebody, or a late answer of the provider, was first."""


class NotForYou(CannotDecide):
    """It takes another person: the order is the actor's own, or its amount asks for two."""


class UnknownThere(CannotDecide):
    """The provider knows no order of this number."""


class BelongsToAnother(CannotDecide):
    """Another order has this number already."""


class ProviderUnreachable(CannotDecide):
    """The provider did not say whether it has the number."""


def needs_second(order: Order, *, person: User, at: datetime) -> bool:
    """Whether what is at stake asks for two people (UNCERTAIN_SECOND_PERSON_FROM, in USD). What the
    person gave up alone for this customer within 30 days counts with it: to decide by the answer,
    hold the lock of the person's row."""
    given_up = Proposal.objects.filter(
        kind=Proposal.Kind.GIVE_UP,
        outcome=Proposal.Outcome.DONE,
        proposed_by=person,
        decided_by=None,
        order__customer=order.customer_id,
        proposed_at__gt=at - WINDOW,
    )
    amount = Cast(KT("details__amount_micros"), BigIntegerField())
    before_micros: int = given_up.aggregate(sum=Sum(amount))["sum"] or 0
    return before_micros + at_stake_micros(order) >= second_person_from_micros()


def second_person_from_micros() -> int:
    return parse_amount(settings.UNCERTAIN_SECOND_PERSON_FROM)


def at_stake_micros(order: Order) -> int:
    """What is lost if the decision is wrong; the charge of a run stands in its drip-feed."""
    if order.role == Role.RUN and order.parent is not None:
        return order.parent.charge_micros // (order.parent.runs or 1)
    return order.charge_micros


def check_person(order: Order, decision: Decision) -> None:
    """Raises NotForYou."""
    if decision.actor is None:
        return
    check_not_own(order, decision.actor)
    if decision.proposal_id is not None:
        return
    if needs_second(order, person=decision.actor, at=decision.at):
        raise NotForYou(_("This order takes two people: propose it, and another agrees."))


def check_not_own(order: Order, person: User) -> None:
    """Raises NotForYou."""
    if order.customer_id == person.pk:
        raise NotForYou(_("This is your own order: colleagues look after it."))


def what_was_decided(*, order_id: int) -> str:
    """The last way out of the doubt in words, for whoever comes too late."""
    events = OrderEvent.objects.filter(order_id=order_id, kind=OrderEvent.Kind.STATUS)
    last = events.filter(detail__from=Status.UNCERTAIN).select_related("actor").last()
    if last is None:
        return _("Nothing was changed: this order is not uncertain.")
    outcome = str(_OUTCOMES.get(last.detail["to"], last.detail["to"]))
    if last.actor is not None:
        return _("Nothing was changed: %(who)s decided first. %(outcome)s “%(reason)s”") % {
            "who": last.actor,
            "outcome": outcome,
            "reason": last.detail.get("reason", ""),
        }
    if "reason" in last.detail:
        words = _("Nothing was changed: the panel decided by itself. %(outcome)s")
    else:
        words = _("Nothing was changed: the answer came after all. %(outcome)s")
    return words % {"outcome": outcome}


_OUTCOMES = {
    Status.PENDING.value: gettext_lazy("It arrived and is followed at the provider."),
    Status.QUEUED.value: gettext_lazy("It had not arrived and is sent again."),
    Status.CANCELED.value: gettext_lazy("It was given up, and the whole charge went back."),
}
