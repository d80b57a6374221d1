"""Acts of staff on money: one person proposes, and where the rule asks for it another agrees.

Each kind is a line in `RULES`: what it does, which reasons it takes, who may propose and agree to
it, and when a second person is needed. Nobody decides about his own account, and the database
refuses a second person who is the first (wallet.models.decisions). Sources: docs/decisions.md;
rows WDR-14, CHB-03, FRD-01 to FRD-04, BON-01.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.acts import log_act
from accounts.models import User
from wallet import ledger
from wallet.decisions import bank_payments, decided, limits
from wallet.decisions.decided import DecisionRefused
from wallet.models import Decision
from wallet.money import MAX_MICROS
from wallet.payouts import withdrawals

__all__ = [
    "RULES",
    "DecisionRefused",
    "Rule",
    "agree",
    "decline",
    "may_agree",
    "may_decline",
    "propose",
]

Kind = Decision.Kind
Reason = Decision.Reason
SHORTEST_NOTE, LONGEST_NOTE = 10, 500

_PROPOSE = "wallet.propose_money"
_DECIDE = "wallet.decide_money"
_FORFEIT = "wallet.propose_forfeiture"
_CONFIRM = "wallet.confirm_deposit"
_WITHDRAW = "wallet.approve_withdrawal"


def _always(_decision: Decision) -> bool:
    return True


def _is_large_withdrawal(decision: Decision) -> bool:
    return withdrawals.needs_second(
        amount_micros=decision.amount_micros,
        customer_id=decision.customer_id,
        by=decision.proposed_by,
        at=decision.proposed_at,
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of decision works. `carry_out` may raise DecisionRefused or LedgerError;
    `needs_second` is asked of an unsaved decision, under the lock of its proposer's row."""

    carry_out: Callable[[Decision, datetime], None]
    needs_second: Callable[[Decision], bool]
    reasons: frozenset[Reason]
    proposes: str = _PROPOSE
    decides: str = _DECIDE
    needs_note: bool = True


RULES: Mapping[Kind, Rule] = {
    Kind.ADJUSTMENT: Rule(
        carry_out=decided.adjust,
        needs_second=limits.is_above,
        reasons=frozenset({Reason.MISTAKE, Reason.PAYMENT, Reason.REQUEST}),
    ),
    Kind.GOODWILL: Rule(
        carry_out=decided.give_goodwill,
        needs_second=limits.is_above,
        reasons=frozenset({Reason.COMPENSATION, Reason.MISTAKE}),
        proposes="wallet.give_goodwill",
    ),
    Kind.FORFEITURE: Rule(
        carry_out=decided.forfeit,
        needs_second=_always,
        reasons=frozenset({Reason.FRAUD, Reason.CHARGEBACK, Reason.ABUSE}),
        proposes=_FORFEIT,
    ),
    Kind.FORFEITURE_RETURN: Rule(
        carry_out=decided.undo_forfeiture,
        needs_second=_always,
        reasons=frozenset({Reason.MISTAKE, Reason.REQUEST}),
        proposes=_FORFEIT,
    ),
    Kind.CONFIRM_DEPOSIT: Rule(
        carry_out=bank_payments.confirm,
        needs_second=bank_payments.needs_second,
        reasons=frozenset({Reason.PAYMENT}),
        proposes=_CONFIRM,
        needs_note=False,
    ),
    Kind.APPROVE_WITHDRAWAL: Rule(
        carry_out=decided.approve_withdrawal,
        needs_second=_is_large_withdrawal,
        reasons=frozenset({Reason.REQUEST}),
        proposes=_WITHDRAW,
        decides=_WITHDRAW,
        needs_note=False,
    ),
    Kind.PAY_BY_HAND: Rule(
        carry_out=decided.pay_by_hand,
        needs_second=_always,
        reasons=frozenset({Reason.REQUEST}),
        proposes=_WITHDRAW,
        decides=_WITHDRAW,
    ),
    Kind.CREDIT_PAYMENT: Rule(
        carry_out=decided.credit_payment,
        needs_second=limits.is_above,
        reasons=frozenset({Reason.PAYMENT}),
    ),
}


def propose(*, decision: Decision, by: User, at: datetime, ip: str | None = None) -> Decision:
    """Stores an unsaved decision, and carries it out at once if one person is enough.

    `decision` has kind, subject, customer, amount, reason, note and details; with an
    `idempotency_key` a second press returns what the first one made. Raises DecisionRefused, also
    when the same is proposed already.
    """
    decision.proposed_by, decision.proposed_at = by, at
    rule = RULES[Kind(decision.kind)]
    _check(decision, rule)
    with transaction.atomic():
        _lock_proposer(by)
        if known := _same_press(decision):
            return known
        decision.needs_second = rule.needs_second(decision)
        _store(decision)
        _log(decision, act="propose", by=by, ip=ip)
        if not decision.needs_second:
            _carry_out(decision, by=by, at=at)
    return decision


def agree(*, decision_id: int, by: User, at: datetime, ip: str | None = None) -> Decision:
    """The second person's yes: carries the act out, once. Raises DecisionRefused."""
    with transaction.atomic():
        decision = _waiting(decision_id)
        if decision.proposed_by_id == by.pk:
            raise DecisionRefused(_("Somebody else has to agree: you proposed it."))
        _check_not_own(decision, by)
        _carry_out(decision, by=by, at=at)
        _log(decision, act="agree to", by=by, ip=ip)
    return decision


def decline(*, decision_id: int, by: User, at: datetime, ip: str | None = None) -> Decision:
    """Ends a proposal; who proposed it takes it back so. Nothing moves. Raises DecisionRefused."""
    with transaction.atomic():
        decision = _waiting(decision_id)
        _check_not_own(decision, by)
        decision.outcome = Decision.Outcome.DECLINED
        decision.decided_by, decision.decided_at = by, at
        decision.save(update_fields=["outcome", "decided_by", "decided_at"])
        _log(decision, act="decline", by=by, ip=ip)
    return decision


def may_agree(decision: Decision, person: User) -> bool:
    """Whether this person may be the second one."""
    return person.has_perm(RULES[Kind(decision.kind)].decides) and person.pk not in (
        decision.proposed_by_id,
        decision.customer_id,
    )


def may_decline(decision: Decision, person: User) -> bool:
    return decision.proposed_by_id == person.pk or may_agree(decision, person)


def _lock_proposer(by: User) -> None:
    """Two windows of one person wait for each other: for the key, and for his limits."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)


def _check(decision: Decision, rule: Rule) -> None:
    _check_not_own(decision, decision.proposed_by)
    if decision.reason not in rule.reasons:
        raise DecisionRefused(_("This reason does not go with it."))
    if rule.needs_note and len(decision.note.strip()) < SHORTEST_NOTE:
        raise DecisionRefused(_("Say in a note what happened: it is kept with the decision."))
    least_micros = -MAX_MICROS if decision.kind == Kind.ADJUSTMENT else 1
    if decision.amount_micros == 0 or not least_micros <= decision.amount_micros <= MAX_MICROS:
        raise DecisionRefused(_("There is nothing to move."))


def _check_not_own(decision: Decision, by: User) -> None:
    if decision.customer_id == by.pk:
        raise DecisionRefused(_("This is your own account: colleagues look after it."))


def _same_press(decision: Decision) -> Decision | None:
    key = decision.idempotency_key
    pressed = Decision.objects.filter(proposed_by=decision.proposed_by, idempotency_key=key)
    return pressed.first() if key else None


def _store(decision: Decision) -> None:
    try:
        with transaction.atomic():
            decision.save(force_insert=True)
    except IntegrityError as error:
        raise DecisionRefused(_("The same has been proposed already and waits.")) from error


def _waiting(decision_id: int) -> Decision:
    decision = Decision.objects.waiting().select_for_update().filter(pk=decision_id).first()
    if decision is None:
        raise DecisionRefused(_("This has been decided already."))
    return decision


def _carry_out(decision: Decision, *, by: User, at: datetime) -> None:
    decision.outcome = Decision.Outcome.DONE
    decision.decided_by, decision.decided_at = by, at
    try:
        with transaction.atomic():
            RULES[Kind(decision.kind)].carry_out(decision, at)
            decision.save(update_fields=["outcome", "decided_by", "decided_at", "details"])
    except ledger.LedgerError as error:
        raise DecisionRefused(_("The balance does not allow it any more.")) from error


def _log(decision: Decision, *, act: str, by: User, ip: str | None) -> None:
    log_act(
        actor=by,
        act=f"{act} {decision.kind}",
        target=f"user:{decision.customer_id}",
        reason=decision.note or decision.get_reason_display(),
        changes={
            "decision": decision.pk,
            "subject": decision.subject,
            "reason": decision.reason,
            "amount_micros": decision.amount_micros,
        },
        ip=ip,
    )
