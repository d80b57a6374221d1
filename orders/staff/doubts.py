"""What staff are shown about an order in doubt, beside the attempt itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from orders.models import Order, Orphan, Proposal, Submission
from orders.sending import balances, deciding, doubts
from orders.sending.balances import Fall
from orders.sending.expecting import expected_micros
from wallet.money import display

MOST_ORPHANS = 20
LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Evidence:
    """The attempt in doubt and what is known around it; `request` is what left us, but the key.

    `balance` are the readings before and after, `expected_micros` what the provider should have
    taken, `orphans` what it has that belongs to nobody.
    """

    attempt: Submission
    request: list[tuple[str, str]]
    balance: Fall | None
    expected_micros: int | None
    orphans: list[Orphan]


def evidence_of(order: Order) -> Evidence | None:
    attempts = order.submissions.filter(state=Submission.State.UNCERTAIN)
    attempt = attempts.select_related("order__parent", "provider").first()
    if attempt is None:
        return None
    lost = Orphan.objects.filter(provider=attempt.provider_id, state=Orphan.State.OPEN)
    return Evidence(
        attempt=attempt,
        request=[(name, str(value)[:LONGEST_VALUE]) for name, value in attempt.request.items()],
        balance=balances.fall_around(attempt),
        expected_micros=expected_micros(attempt),
        orphans=list(lost.order_by("-found_at")[:MOST_ORPHANS]),
    )


def proposal_about(order: Order) -> Proposal | None:
    """What waits for a second person, if anything does."""
    waiting = order.proposals.waiting().filter(kind__in=doubts.KINDS)
    return waiting.select_related("proposed_by").first()


def two_people_words(order: Order, person: User) -> str:
    """From which amount on two people decide, where it takes them for this person; else nothing."""
    if not deciding.needs_second(order, person=person, at=timezone.now()):
        return ""
    return two_people_from()


def two_people_from() -> str:
    return display(deciding.second_person_from_micros())


def may_agree(proposal: Proposal, person: User) -> bool:
    strangers = (proposal.proposed_by_id, proposal.order.customer_id)
    return person.pk not in strangers and person.has_perm(deciding.PERMISSION)
