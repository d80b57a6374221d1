"""Staff decide what became of an order whose sending got no answer that proves anything.

Nothing is decided unseen: a decision names the attempt whose evidence was on the screen, and is
refused when that attempt is no longer in doubt. Rules: docs/forwarding.md, "Deciding an uncertain
order".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import cases
from accounts.acts import log_act
from accounts.models import Case, User
from orders import lifecycle
from orders.models import Order, OrderEvent, Status, Submission, SubmissionQuerySet
from orders.polling import first_poll_at
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider
from services.providers import client
from services.providers.errors import ProviderError
from services.providers.reports import Report

SHORTEST_REASON = 10
LONGEST_REASON = 200
_NOT_THERE = ("unknown_order", "missing")

State = Submission.State


class Verdict(TextChoices):
    """What staff may decide; the label says what they have found out."""

    ATTACH = "attach", gettext_lazy("It arrived: follow it")
    NOT_CREATED = "not_created", gettext_lazy("It never arrived: send it again")
    REFUND = "refund", gettext_lazy("Give it up: refund")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decides about which attempt, and why. Raises ValueError for a reason that says nothing.

    `submission_id` is the attempt that was looked at. The customer never reads the reason.
    """

    order_id: int
    submission_id: int
    actor: User
    reason: str
    at: datetime
    ip: str | None = None

    def __post_init__(self) -> None:
        if not SHORTEST_REASON <= len(self.reason.strip()) <= LONGEST_REASON:
            raise ValueError(f"a reason has {SHORTEST_REASON} to {LONGEST_REASON} characters")


class CannotDecide(Exception):
    """Nothing was changed; `message` tells staff why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AlreadyDecided(CannotDecide):
    """Somebody, or a late answer of the provider, was first."""


class UnknownThere(CannotDecide):
    """The provider knows no order of this number."""


class BelongsToAnother(CannotDecide):
    """Another order has this number already."""


class ProviderUnreachable(CannotDecide):
    """The provider did not say whether it has the number."""


def attach(*, decision: Decision, external_id: str) -> None:
    """It arrived, under this number: the order is followed from now on, its money stays in escrow.

    The provider is asked first, with no transaction open. Raises AlreadyDecided, UnknownThere,
    BelongsToAnother, ProviderUnreachable.
    """
    look_up(decision=decision, external_id=external_id)
    try:
        with transaction.atomic():
            order, submission = _hold(decision)
            submission.external_id = external_id
            order.provider_id = submission.provider_id
            order.external_id = external_id
            order.sent_at = decision.at
            order.next_poll_at = first_poll_at(at=decision.at)
            order.save(update_fields=["provider", "external_id", "sent_at", "next_poll_at"])
            _advance(order, Status.PENDING, decision)
            _conclude(order, submission, Verdict.ATTACH, decision)
    except IntegrityError as error:
        if "upstream_once" not in str(error):
            raise
        raise BelongsToAnother(_taken(external_id)) from error


def not_created(*, decision: Decision) -> None:
    """It never arrived: the order is queued and will be sent again. Raises AlreadyDecided."""
    with transaction.atomic():
        order, submission = _hold(decision)
        _advance(order, Status.QUEUED, decision)
        _conclude(order, submission, Verdict.NOT_CREATED, decision)


def refund(*, decision: Decision) -> None:
    """Nobody can find out: the order is canceled and every cent goes back, at our own loss if the
    provider has it after all (REF-01). Raises AlreadyDecided."""
    with transaction.atomic():
        order, submission = _hold(decision)
        lifecycle.cancel_in_full(
            order=order, at=decision.at, actor_id=decision.actor.pk, reason=decision.reason
        )
        _conclude(order, submission, Verdict.REFUND, decision)


def look_up(*, decision: Decision, external_id: str) -> Report:
    """What the provider says about a number that may become this order's; changes nothing.

    One call with no transaction open. Raises what `attach` raises.
    """
    submission = _in_doubt(decision).select_related("order", "provider").first()
    if submission is None or submission.order.status != Status.UNCERTAIN:
        raise AlreadyDecided(what_was_decided(order_id=decision.order_id))
    provider = submission.provider
    owner = Order.objects.filter(provider=provider, external_id=external_id).first()
    if owner is not None:
        raise BelongsToAnother(_taken(external_id, owner=owner.pk))
    return _ask(provider=provider, external_id=external_id)


def what_was_decided(*, order_id: int) -> str:
    """The last way out of the doubt in words, for whoever comes too late."""
    events = OrderEvent.objects.filter(order_id=order_id, kind=OrderEvent.Kind.STATUS)
    last = events.filter(detail__from=Status.UNCERTAIN).select_related("actor").last()
    if last is None:
        return _("Nothing was changed: this order is not uncertain.")
    outcome = str(_OUTCOMES.get(last.detail["to"], last.detail["to"]))
    if last.actor is None:
        return _("Nothing was changed: the answer came after all. %(outcome)s") % {
            "outcome": outcome
        }
    return _("Nothing was changed: %(who)s decided first. %(outcome)s “%(reason)s”") % {
        "who": last.actor,
        "outcome": outcome,
        "reason": last.detail.get("reason", ""),
    }


_OUTCOMES = {
    Status.PENDING.value: gettext_lazy("It arrived and is followed at the provider."),
    Status.QUEUED.value: gettext_lazy("It had not arrived and is sent again."),
    Status.CANCELED.value: gettext_lazy("It was given up, and the whole charge went back."),
}


def _in_doubt(decision: Decision) -> SubmissionQuerySet:
    return Submission.objects.filter(
        pk=decision.submission_id, order_id=decision.order_id, state=State.UNCERTAIN
    )


def _hold(decision: Decision) -> tuple[Order, Submission]:
    """Locks the order, then the attempt; of many who decide at once one gets both."""
    order = Order.objects.select_for_update().get(pk=decision.order_id)
    submission = _in_doubt(decision).select_for_update().first()
    if submission is None or order.status != Status.UNCERTAIN:
        raise AlreadyDecided(what_was_decided(order_id=decision.order_id))
    return order, submission


def _advance(order: Order, to: Status, decision: Decision) -> None:
    lifecycle.advance(
        order=order,
        to=to,
        at=decision.at,
        actor_id=decision.actor.pk,
        reason=decision.reason,
    )


def _conclude(order: Order, submission: Submission, verdict: Verdict, decision: Decision) -> None:
    """Ends the attempt, whose evidence stays as it was, and writes down who decided what."""
    submission.state = State.ACCEPTED if verdict == Verdict.ATTACH else State.RESOLVED
    submission.save(update_fields=["state", "external_id"])
    log_act(
        actor=decision.actor,
        act=_ACTS[verdict],
        target=order.reference,
        reason=decision.reason,
        changes={
            "status": [Status.UNCERTAIN, order.status],
            "submission": submission.pk,
            "external_id": order.external_id,
            "refunded_micros": order.refunded_micros,
        },
        ip=decision.ip,
    )
    cases.resolve_case(
        kind=Case.Kind.ORDER_UNCERTAIN,
        key=order.reference,
        resolution=f"{_ACTS[verdict]}: {decision.reason}",
        at=decision.at,
    )


_ACTS = {
    Verdict.ATTACH: "attach order",
    Verdict.NOT_CREATED: "send order again",
    Verdict.REFUND: "refund uncertain order",
}


def _ask(*, provider: Provider, external_id: str) -> Report:
    try:
        answers = client.statuses(
            endpoint_of(provider), external_ids=[external_id], dialect=dialect_of(provider)
        )
    except ProviderError as error:
        raise ProviderUnreachable(_no_answer(provider, str(error))) from error
    answer = answers[external_id]
    if isinstance(answer, Report):
        return answer
    if answer.reason in _NOT_THERE:
        unknown = _("%(provider)s knows no order %(number)s.")
        raise UnknownThere(unknown % {"provider": provider.name, "number": external_id})
    raise ProviderUnreachable(_no_answer(provider, answer.text or answer.reason))


def _no_answer(provider: Provider, said: str) -> str:
    words = _("%(provider)s did not answer the question about this number (%(said)s). Try again.")
    return words % {"provider": provider.name, "said": said}


def _taken(external_id: str, *, owner: int | None = None) -> str:
    if owner is None:
        return _("Another order has the number %(number)s.") % {"number": external_id}
    return _("The number %(number)s belongs to order %(owner)s.") % {
        "number": external_id,
        "owner": owner,
    }
