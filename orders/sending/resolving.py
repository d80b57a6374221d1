"""Carrying out what was decided about an order whose sending got no answer that proves anything.

Nothing is decided unseen: a decision names the attempt whose evidence was looked at, and is
refused when that attempt is no longer in doubt. Rules: docs/forwarding.md, "Deciding an uncertain
order".
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.acts import log_act
from accounts.models import User
from orders import lifecycle
from orders.models import Order, Proposal, Status, Submission, SubmissionQuerySet
from orders.sending import doubts, orphans
from orders.sending.deciding import (
    AlreadyDecided,
    BelongsToAnother,
    Decision,
    ProviderUnreachable,
    UnknownThere,
    Verdict,
    at_stake_micros,
    check_person,
    what_was_decided,
)
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider
from services.providers import client
from services.providers.errors import ProviderError
from services.providers.reports import Report

_NOT_THERE = ("unknown_order", "missing")

State = Submission.State


def attach(*, decision: Decision, external_id: str) -> None:
    """It arrived, under this number: the order is followed from now on, its money stays in escrow.

    The provider is asked first, with no transaction open. Raises AlreadyDecided, NotForYou,
    UnknownThere, BelongsToAnother, ProviderUnreachable.
    """
    look_up(decision=decision, external_id=external_id)
    try:
        with transaction.atomic():
            order, submission = hold(decision)
            submission.external_id = external_id
            order.provider_id = submission.provider_id
            order.external_id = external_id
            order.sent_at = decision.at
            order.save(update_fields=["provider", "external_id", "sent_at"])
            _advance(order, Status.PENDING, decision)
            _conclude(order, submission, Verdict.ATTACH, decision)
            orphans.adopt(submission=submission, at=decision.at)
    except IntegrityError as error:
        if "upstream_once" not in str(error):
            raise
        raise BelongsToAnother(_taken(external_id)) from error


def not_created(*, decision: Decision, not_before: datetime | None = None) -> None:
    """It never arrived: the order is queued and will be sent again, now or when its turn comes.
    Raises AlreadyDecided, NotForYou."""
    with transaction.atomic():
        order, submission = hold(decision)
        order.not_before = not_before or decision.at
        order.save(update_fields=["not_before"])
        _advance(order, Status.QUEUED, decision)
        _conclude(order, submission, Verdict.NOT_CREATED, decision)


def refund(*, decision: Decision) -> None:
    """Nobody can find out: the order is canceled and every cent goes back, at our own loss if the
    provider has it after all (REF-01). Raises AlreadyDecided, NotForYou."""
    with transaction.atomic():
        order, submission = hold(decision)
        lifecycle.cancel_in_full(
            order=order, at=decision.at, actor_id=decision.actor_id, reason=decision.reason
        )
        _note_given_up_alone(order, submission, decision)
        _conclude(order, submission, Verdict.REFUND, decision)


def hold(decision: Decision) -> tuple[Order, Submission]:
    """Locks the person, so that his limit is exact, the order, then the attempt; of many who decide
    at once one gets them all. Raises AlreadyDecided, NotForYou."""
    if decision.actor is not None:
        User.objects.select_for_update(no_key=True).get(pk=decision.actor.pk)
    order = Order.objects.select_for_update().get(pk=decision.order_id)
    submission = _in_doubt(decision).select_for_update().first()
    if submission is None or order.status != Status.UNCERTAIN:
        raise AlreadyDecided(what_was_decided(order_id=decision.order_id))
    check_person(order, decision)
    return order, submission


def look_up(*, decision: Decision, external_id: str) -> Report:
    """What the provider says about a number that may become this order's; changes nothing.

    One call with no transaction open. Raises what `attach` raises, but for NotForYou.
    """
    submission = _in_doubt(decision).select_related("order", "provider").first()
    if submission is None or submission.order.status != Status.UNCERTAIN:
        raise AlreadyDecided(what_was_decided(order_id=decision.order_id))
    provider = submission.provider
    owner = Order.objects.filter(provider=provider, external_id=external_id).first()
    if owner is not None:
        raise BelongsToAnother(_taken(external_id, owner=owner.pk))
    return _ask(provider=provider, external_id=external_id)


def _in_doubt(decision: Decision) -> SubmissionQuerySet:
    return Submission.objects.filter(
        pk=decision.submission_id, order_id=decision.order_id, state=State.UNCERTAIN
    )


def _advance(order: Order, to: Status, decision: Decision) -> None:
    lifecycle.advance(
        order=order, to=to, at=decision.at, actor_id=decision.actor_id, reason=decision.reason
    )


def _conclude(order: Order, submission: Submission, verdict: Verdict, decision: Decision) -> None:
    """Ends the attempt, whose evidence stays as it was, and writes down who decided what."""
    submission.state = State.ACCEPTED if verdict == Verdict.ATTACH else State.RESOLVED
    submission.save(update_fields=["state", "external_id"])
    _end_proposal(decision)
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
            **({"proposal": decision.proposal_id} if decision.proposal_id else {}),
            **decision.facts,
        },
        ip=decision.ip,
    )
    resolution = f"{_ACTS[verdict]}: {decision.reason}"
    doubts.settle(order=order, resolution=resolution, at=decision.at)


def _note_given_up_alone(order: Order, submission: Submission, decision: Decision) -> None:
    """What one person was enough for counts in his limits (docs/claims.md, "Two people")."""
    if decision.actor is None or decision.proposal_id is not None:
        return
    order.proposals.create(
        kind=Proposal.Kind.GIVE_UP,
        details={"submission": submission.pk, "amount_micros": at_stake_micros(order)},
        reason=decision.reason,
        proposed_by=decision.actor,
        proposed_at=decision.at,
        outcome=Proposal.Outcome.DONE,
        decided_at=decision.at,
    )


def _end_proposal(decision: Decision) -> None:
    """The second person's yes, written under the order's lock. The database itself refuses one who
    is the first."""
    if decision.proposal_id is None:
        return
    waiting = Proposal.objects.waiting().filter(pk=decision.proposal_id)
    if not waiting.update(
        outcome=Proposal.Outcome.DONE, decided_by=decision.actor, decided_at=decision.at
    ):
        raise AlreadyDecided(_("Nothing was changed: this proposal does not wait any more."))


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
