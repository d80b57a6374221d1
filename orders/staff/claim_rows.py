"""Claims and proposals as the desk reads them: with their clock in words and a tone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

from orders.ending.agreeing import RULES
from orders.ending.statuses import CancelReason
from orders.models import Claim, Order, Proposal, Role, Status
from orders.models.claims import ProposalQuerySet
from wallet.money import display

SOON = timedelta(hours=12)
LONGEST_QUEUE = 100
LAST_ONES = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One claim with its clock: "due in 3 hours" (run, warn when soon) or "late by" (bad)."""

    claim: Claim
    clock: str
    tone: str
    awaits_second: bool


def open_rows(*, at: datetime) -> list[Row]:
    """The expedited ones first, then the earliest due (REF-13, REF-15)."""
    found = Claim.objects.open().select_related("order__customer")[:LONGEST_QUEUE]
    waiting = set(mine().waiting().values_list("order_id", flat=True))
    return [
        Row(claim=claim, awaits_second=claim.order_id in waiting, **clock_of(claim, at=at))
        for claim in found
    ]


def clock_of(claim: Claim, *, at: datetime) -> dict[str, str]:
    """The clock of a claim in words and its tone."""
    if claim.state != Claim.State.OPEN:
        return {"clock": "", "tone": ""}
    if claim.due_at < at:
        late = _("late by %(time)s") % {"time": timesince(claim.due_at, at)}
        return {"clock": late, "tone": "bad"}
    due = _("due in %(time)s") % {"time": timeuntil(claim.due_at, at)}
    return {"clock": due, "tone": "warn" if claim.due_at - at < SOON else "run"}


def decided() -> QuerySet[Claim]:
    """The last ones that were decided."""
    ended = Claim.objects.exclude(state=Claim.State.OPEN)
    return ended.select_related("order__customer").order_by("-decided_at")[:LAST_ONES]


def mine() -> ProposalQuerySet:
    """Proposals about money and statuses; those about a sending in doubt have their own page."""
    return Proposal.objects.filter(kind__in=RULES)


def proposal_words(proposal: Proposal) -> list[str]:
    """What a proposal does, in sentences."""
    facts, order = proposal.details, proposal.order
    amount = display(facts["amount_micros"])
    if proposal.kind == Proposal.Kind.CLAIM:
        words = [_("%(amount)s go back to the customer's balance at once.") % {"amount": amount}]
        return words + end_words(order=order, amount_micros=facts["amount_micros"])
    return status_words(
        order=order,
        to=Status(facts["to"]),
        amount_micros=facts["amount_micros"],
        remains=facts["remains"],
        cancel_reason=facts["cancel_reason"],
    )


def end_words(*, order: Order, amount_micros: int) -> list[str]:
    """What granting so much does to the order itself."""
    if order.is_final:
        return [_("The order stays %(status)s.") % {"status": order.get_status_display()}]
    if amount_micros < order.net_charge_micros:
        return [_("The order goes on; what is reported later may bring more back, never less.")]
    ends = [_("Nothing of the charge is left, so the order ends as Canceled.")]
    if order.external_id:
        ends.append(_("A provider has it: it may go on delivering, at our own cost."))
    return ends


def status_words(
    *, order: Order, to: Status, amount_micros: int, remains: int | None, cancel_reason: str
) -> list[str]:
    """What setting a status does to the money and to the order."""
    paid = _paid_words(order, amount_micros)
    if to == Status.COMPLETED:
        kept = {"kept": display(order.net_charge_micros)}
        nothing = _("The order ends as Completed. Nothing goes back: %(kept)s are earned.") % kept
        return [_("The order ends as Completed."), paid] if amount_micros else [nothing]
    if to == Status.PARTIAL:
        counted = {"remains": f"{remains:,}", "units": f"{order.units:,}"}
        words = _("The order ends as Partial: %(remains)s of %(units)s were not delivered.")
        if order.charge_micros:
            words = _("The order ends as Partial: %(charge)s × %(remains)s ÷ %(units)s are due.")
            counted["charge"] = display(order.charge_micros)
        return [words % counted, paid]
    why: str | Promise = dict(CancelReason.choices).get(cancel_reason, cancel_reason)
    ends = [_("The order ends as Canceled: %(why)s.") % {"why": why}, paid]
    if order.external_id:
        ends.append(_("A provider has it: it may go on delivering, at our own cost."))
    return ends


def _paid_words(order: Order, amount_micros: int) -> str:
    """What is booked with the status, and what the sweep of plans books after it."""
    words = _("%(amount)s go back to the customer's balance at once.")
    if order.role == Role.DRIP_FEED:
        words = _("No further run begins: %(amount)s go back to the customer's balance.")
    elif order.parent is not None and not order.charge_micros:
        words = _("%(amount)s of the plan's charge go back to the customer's balance.")
    return words % {"amount": display(amount_micros)}


@dataclass(frozen=True, slots=True)
class AskedBack:
    """What was claimed and proposed about one order."""

    claims: list[Claim]
    proposals: list[Proposal]


def asked_back(order: Order) -> AskedBack:
    waiting = mine().waiting().filter(order=order).select_related("proposed_by")
    return AskedBack(claims=list(order.claims.order_by("pk")), proposals=list(waiting))
