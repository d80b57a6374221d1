"""Payments: top-ups as a list, and money that comes or goes outside the gateways.

Adding one is a correction of a balance as on the pages: with a reason and a note, done at once up
to the owner's own limit, above it proposed to a second person (docs/decisions.md). It is the one
call that makes money, so it is taken with a key alone: an answer that got lost is asked for again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import parts
from accounts.adminapi import lists, people
from accounts.adminapi.answering import Code, Refusal, invalid
from accounts.adminapi.reading import Fields
from accounts.adminapi.serving import Call, endpoint
from accounts.models import OperatorKey
from wallet.currencies import LEDGER_CURRENCY
from wallet.decisions import deciding
from wallet.decisions.deciding import LONGEST_NOTE, RULES
from wallet.models import Decision, Deposit
from wallet.money import InvalidAmount, parse_amount, plain

Scope = OperatorKey.Scope
Kind = Decision.Kind
_STATES = {state.value: state for state in Deposit.State}
_RULE = RULES[Kind.ADJUSTMENT]
_REASONS = {reason.value: reason for reason in Decision.Reason if reason in _RULE.reasons}
_SIGNS: Mapping[str, int] = {"add": 1, "take": -1}
_CURRENCY = LEDGER_CURRENCY.upper()
_CURRENCIES = {LEDGER_CURRENCY: _CURRENCY}
_RESULTS = {
    Decision.Outcome.DONE: "done",
    Decision.Outcome.WAITING: "waiting_for_second_person",
    Decision.Outcome.DECLINED: "declined",
}


@endpoint("GET", scope=Scope.MONEY_READ, permission="wallet.view_deposit")
def payment_list(call: Call) -> dict[str, object]:
    page, deposits, sieve = lists.page(call.fields), Deposit.objects.all(), Q()
    if user := people.named(call.fields):
        deposits = deposits.filter(customer=parts.person(user.pk))
    if state := call.fields.choice("status", _STATES):
        sieve &= Q(state=state)
    if since := call.fields.moment("created_from"):
        sieve &= Q(created_at__gte=since)
    if until := call.fields.moment("created_to"):
        sieve &= Q(created_at__lte=until)
    found = page.of(deposits, sieve=sieve)
    return found.members([_members(deposit) for deposit in found.rows])


@endpoint("POST", scope=Scope.MONEY_WRITE, permission=_RULE.proposes)
def payment_add(call: Call) -> dict[str, Any]:
    """user, amount, note, a key; reason and direction where they are not the usual ones."""
    fields = call.fields
    fields.choice("currency", _CURRENCIES)
    user = fields.required("user", lambda name: people.named(fields, name))
    sign = fields.choice("direction", _SIGNS) or 1
    wanted = Decision(
        kind=Kind.ADJUSTMENT,
        subject=f"user:{user.pk}",
        customer=user,
        amount_micros=sign * _amount(fields),
        reason=fields.choice("reason", _REASONS) or Decision.Reason.PAYMENT,
        note=fields.required("note", lambda name: fields.text(name, most=LONGEST_NOTE)),
        idempotency_key=_key_of(call),
    )
    _check_none_waits(wanted, call)
    try:
        decision = deciding.propose(decision=wanted, by=call.by, at=call.at, ip=call.ip)
    except deciding.DecisionRefused as refusal:
        raise Refusal(Code.CONFLICT, refusal.message) from None
    _check_same(decision, wanted)
    return {
        "id": decision.pk,
        "result": _RESULTS[Decision.Outcome(decision.outcome)],
        "user": decision.customer_id,
        "amount": plain(decision.amount_micros),
        "currency": _CURRENCY,
    }


def _check_none_waits(wanted: Decision, call: Call) -> None:
    """Another one that waits stands in the way of every further one of that customer."""
    waiting = Decision.objects.waiting().filter(kind=wanted.kind, subject=wanted.subject)
    its_own = {"proposed_by": call.by, "idempotency_key": wanted.idempotency_key}
    if other := waiting.exclude(**its_own).first():
        words = _("Correction %(id)s of this user waits for a second person: one at a time.")
        raise Refusal(Code.CONFLICT, words % {"id": other.pk})


def _check_same(found: Decision, wanted: Decision) -> None:
    """A key that was used for something else is a mistake of the program's."""
    names = ("customer_id", "amount_micros", "reason", "note")
    if any(getattr(found, name) != getattr(wanted, name) for name in names):
        raise Refusal(Code.CONFLICT, _("This idempotency key was used with other contents."))


def _key_of(call: Call) -> str:
    """Programs name their own keys, which must not meet those of the pages."""
    if not call.idempotency_key:
        words = _("it is missing, here and as Idempotency-Key: a key of your own for this payment")
        raise invalid("request_id", words)
    return hashlib.sha256(f"adminapi:{call.idempotency_key}".encode()).hexdigest()


def _amount(fields: Fields) -> int:
    try:
        micros = parse_amount(fields.text("amount"))
    except InvalidAmount:
        micros = 0
    if micros == 0:
        raise invalid("amount", _("USD above zero, such as 12.50, at most six decimals"))
    return micros


def _members(deposit: Deposit) -> dict[str, Any]:
    return {
        "id": deposit.pk,
        "user": deposit.customer_id,
        "amount": plain(deposit.amount_micros),
        "currency": _CURRENCY,
        "method": deposit.gateway,
        "status": deposit.state,
        "payment_id": deposit.payment_id,
        "created_at": int(deposit.created_at.timestamp()),
        "credited_at": int(deposit.credited_at.timestamp()) if deposit.credited_at else None,
    }
