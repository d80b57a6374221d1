"""Decisions as the tests propose them."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from tests.factories import MICROS
from wallet.decisions import deciding as decisions
from wallet.models import Decision

Kind = Decision.Kind
Reason = Decision.Reason
NOTE = "What happened, in words."
REASONS = {
    Kind.ADJUSTMENT: Reason.MISTAKE,
    Kind.GOODWILL: Reason.COMPENSATION,
    Kind.FORFEITURE: Reason.FRAUD,
    Kind.FORFEITURE_RETURN: Reason.MISTAKE,
    Kind.CREDIT_PAYMENT: Reason.PAYMENT,
}


def proposed(
    kind: Kind, customer: User, *, by: User, dollars: int = 10, **more: object
) -> Decision:
    """A decision about the customer, carried out at once where its rule lets one person."""
    fields: dict[str, object] = {"subject": f"user:{customer.pk}", "note": NOTE} | more
    decision = Decision(
        kind=kind,
        customer=customer,
        amount_micros=dollars * MICROS,
        **({"reason": REASONS[kind]} | fields),
    )
    return decisions.propose(decision=decision, by=by, at=timezone.now())


def agreed(decision: Decision, *, by: User) -> Decision:
    return decisions.agree(decision_id=decision.pk, by=by, at=timezone.now())


def declined(decision: Decision, *, by: User) -> Decision:
    return decisions.decline(decision_id=decision.pk, by=by, at=timezone.now())
