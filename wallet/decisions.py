"""Acts of staff on money: one person proposes, and where the rule asks for it another agrees.

What an act does is a function in `_ACTS`; whether it needs a second person stands in `_SECOND`.
The database refuses a second person who is the first (wallet.models.decisions). Sources:
docs/ledger.md, "Special flows"; rows WDR-14, CHB-03, FRD-01, FRD-02, FRD-04, BON-01.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.acts import log_act
from accounts.models import User
from wallet import ledger
from wallet.models import BonusGrant, Decision
from wallet.money import MICROS_PER_UNIT

Kind = Decision.Kind
# Up to this amount one person may give or correct; above it another must agree.
ALONE_UP_TO_MICROS = 25 * MICROS_PER_UNIT


class DecisionRefused(Exception):
    """What was proposed cannot be done; `message` says why. Nothing was moved."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def propose(*, decision: Decision, by: User, at: datetime, ip: str | None = None) -> Decision:
    """Stores an unsaved decision, and carries it out at once if one person is enough.

    `decision` has kind, subject, customer, amount, reason, note and details. Raises
    DecisionRefused, also when the same is proposed already.
    """
    decision.proposed_by, decision.proposed_at = by, at
    decision.needs_second = _SECOND[Kind(decision.kind)](decision)
    with transaction.atomic():
        waiting = Decision.objects.waiting().filter(kind=decision.kind, subject=decision.subject)
        if waiting.select_for_update().exists():
            raise DecisionRefused(_("The same has been proposed already and waits."))
        decision.save(force_insert=True)
        _log(decision, act="propose", by=by, ip=ip)
        if not decision.needs_second:
            _carry_out(decision, by=by, at=at)
    return decision


def agree(*, decision_id: int, by: User, at: datetime, ip: str | None = None) -> Decision:
    """The second person's yes: carries the act out. Raises DecisionRefused."""
    with transaction.atomic():
        decision = _waiting(decision_id)
        if decision.proposed_by_id == by.pk:
            raise DecisionRefused(_("Somebody else has to agree: you proposed it."))
        _carry_out(decision, by=by, at=at)
        _log(decision, act="agree to", by=by, ip=ip)
    return decision


def decline(*, decision_id: int, by: User, at: datetime, ip: str | None = None) -> Decision:
    """Ends a proposal; who proposed it may take it back, too. Nothing moves."""
    with transaction.atomic():
        decision = _waiting(decision_id)
        decision.outcome = Decision.Outcome.DECLINED
        decision.decided_by, decision.decided_at = by, at
        decision.save(update_fields=["outcome", "decided_by", "decided_at"])
        _log(decision, act="decline", by=by, ip=ip)
    return decision


def _waiting(decision_id: int) -> Decision:
    decision = Decision.objects.waiting().select_for_update().filter(pk=decision_id).first()
    if decision is None:
        raise DecisionRefused(_("This has been decided already."))
    return decision


def _carry_out(decision: Decision, *, by: User, at: datetime) -> None:
    decision.outcome = Decision.Outcome.DONE
    decision.decided_by, decision.decided_at = by, at
    decision.save(update_fields=["outcome", "decided_by", "decided_at"])
    try:
        _ACTS[Kind(decision.kind)](decision, at)
    except ledger.LedgerError as error:
        raise DecisionRefused(_("The balance does not allow it any more.")) from error


def _log(decision: Decision, *, act: str, by: User, ip: str | None) -> None:
    log_act(
        actor=by,
        act=f"{act} {decision.kind}",
        target=f"user:{decision.customer_id}",
        reason=decision.note or decision.reason,
        changes={
            "decision": decision.pk,
            "subject": decision.subject,
            "amount_micros": decision.amount_micros,
        },
        ip=ip,
    )


def _adjust(decision: Decision, at: datetime) -> None:
    ledger.adjust(
        customer_id=decision.customer_id,
        amount_micros=decision.amount_micros,
        reference=decision.reference,
        at=at,
    )


def _give_goodwill(decision: Decision, at: datetime) -> None:
    grant = BonusGrant.objects.create(
        customer_id=decision.customer_id,
        kind=BonusGrant.Kind.GOODWILL,
        amount_micros=decision.amount_micros,
        created_at=at,
    )
    ledger.grant_goodwill(
        customer_id=decision.customer_id,
        amount_micros=decision.amount_micros,
        reference=grant.reference,
        at=at,
    )


def _forfeit(decision: Decision, at: datetime) -> None:
    ledger.forfeit(customer_id=decision.customer_id, reference=decision.reference, at=at)


def _undo_forfeiture(decision: Decision, at: datetime) -> None:
    ledger.return_forfeiture(customer_id=decision.customer_id, reference=decision.subject, at=at)


def _above_alone(decision: Decision) -> bool:
    return abs(decision.amount_micros) > ALONE_UP_TO_MICROS


def _always(_decision: Decision) -> bool:
    return True


_ACTS: Mapping[Kind, Callable[[Decision, datetime], None]] = {
    Kind.ADJUSTMENT: _adjust,
    Kind.GOODWILL: _give_goodwill,
    Kind.FORFEITURE: _forfeit,
    Kind.FORFEITURE_RETURN: _undo_forfeiture,
}
_SECOND: Mapping[Kind, Callable[[Decision], bool]] = {
    Kind.ADJUSTMENT: _above_alone,
    Kind.GOODWILL: _above_alone,
    Kind.FORFEITURE: _always,
    Kind.FORFEITURE_RETURN: _always,
}
