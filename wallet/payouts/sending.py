"""Sending what was approved: the worker's part, once for each payout whatever is killed when.

`sending` is committed before the gateway is asked, with a lease; the gateway knows the payout by
its reference, under which asking again is the same refund. After a lost answer the next attempt
first asks for the refund that may be there. The number of the attempt is the fence: who comes back
late may still tell of a refund that was made, and nothing else. No transaction is open while the
gateway is asked. Source: docs/withdrawals.md; rows WDR-08, WDR-13, WDR-18.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from wallet import ledger
from wallet.gateways import registry
from wallet.gateways.base import GatewayRefused, GatewayUnavailable, Refund, RefundState
from wallet.lots.reading import read_holdings
from wallet.models import Deposit, Payout
from wallet.payouts import following as payouts
from wallet.payouts import payable, withdrawals
from wallet.payouts.deductions import deductions_of

logger = logging.getLogger(__name__)

State = Payout.State
# Longer than all calls of one attempt may take together.
LEASE = timedelta(minutes=3)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=2)
FEE_PAUSE = timedelta(minutes=10)
# A refund that was accepted may fail days later without a word that reaches us.
SENT_PAUSE = timedelta(hours=6)
FOLLOWED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One payout on its way to the gateway; `number` counts the attempts."""

    payout_id: int
    reference: str
    deposit: Deposit
    net_micros: int
    number: int


def pay(*, payout_id: int, at: datetime) -> None:
    """Sends one payout if it is due and nobody else is at it."""
    attempt = begin(payout_id=payout_id, at=at)
    if attempt is None:
        return
    try:
        refund = _ask(attempt)
    except GatewayUnavailable as error:
        _put_off(attempt, error, at=at)
    except GatewayRefused as error:
        _refused(attempt, str(error), at=at)
    else:
        _told(attempt, refund, at=at)


def follow(*, payout_id: int, at: datetime) -> None:
    """Asks how a payout stands that was sent a while ago."""
    with transaction.atomic():
        payout = payouts.locked(payout_id)
        if payout.state != State.SENT or payout.next_attempt_at > at:
            return
        payout.next_attempt_at = at + SENT_PAUSE
        payout.save(update_fields=["next_attempt_at"])
    deposit = payout.deposit
    gateway = registry.gateway_of(deposit.gateway)
    try:
        refund = gateway.find_refund(deposit=deposit, reference=payout.reference)
    except (GatewayUnavailable, GatewayRefused) as error:
        logger.warning("%s: no news: %s", payout, error)
        return
    if refund is not None:
        payouts.apply_refund(refund, gateway=deposit.gateway, at=at)


def sent_to_follow(*, at: datetime, limit: int) -> list[int]:
    """Payouts that were sent and of which the end is not known."""
    waiting = Payout.objects.filter(state=State.SENT, is_by_hand=False, next_attempt_at__lte=at)
    recent = waiting.filter(sent_at__gt=at - FOLLOWED_FOR).order_by("next_attempt_at")
    return list(recent.values_list("pk", flat=True)[:limit])


def begin(*, payout_id: int, at: datetime) -> Attempt | None:
    """Writes down that the gateway is about to be asked; None if it must not be."""
    try:
        return _begin(payout_id, at=at)
    except _CannotBeSent as why:
        withdrawals.drop(payout_id=payout_id, reason=str(why), at=at)
        return None


class _CannotBeSent(Exception):
    """A payout that must go back to the balance; says why, for the customer."""


@transaction.atomic
def _begin(payout_id: int, *, at: datetime) -> Attempt | None:
    payout = payouts.locked(payout_id)
    if payout.state not in Payout.TO_SEND or payout.is_by_hand or payout.next_attempt_at > at:
        return None
    if payout.state == State.APPROVED and not _prepare(payout, at=at):
        return None
    payout.state = State.SENDING
    payout.attempts += 1
    payout.next_attempt_at = at + LEASE
    payout.save(
        update_fields=["state", "attempts", "next_attempt_at", "fee_micros", "clawback_micros"]
    )
    return Attempt(
        payout_id=payout.pk,
        reference=payout.reference,
        deposit=payout.deposit,
        net_micros=payout.net_micros,
        number=payout.attempts,
    )


def _prepare(payout: Payout, *, at: datetime) -> bool:
    """Before the first attempt: nothing has come in between, and what is deducted is known.
    From the second attempt on the gateway must be told what it was told before. False: later.
    Raises _CannotBeSent."""
    deposit = payout.deposit
    ledger.lock(deposit.customer_id)
    if payable.stop_of(deposit) is not None:
        raise _CannotBeSent(_("The payment is in question; the money is in your balance."))
    customer = payout.withdrawal.customer
    if not customer.is_active:
        return _wait(payout, _("The account is not active."), until=at + LONGEST_PAUSE)
    if customer.frozen_at is not None:
        return _wait(payout, _("The account is frozen."), until=at + LONGEST_PAUSE)
    holdings = read_holdings(customer_id=deposit.customer_id)
    deductions = deductions_of(
        deposit=deposit, amount_micros=payout.amount_micros, holdings=holdings, payout=payout
    )
    if deductions.fee_micros is None:
        return _wait(payout, _("The gateway has not told its fee yet."), until=at + FEE_PAUSE)
    if deductions.sum_micros >= payout.amount_micros:
        raise _CannotBeSent(_("All of it would be deducted; the money is in your balance."))
    payout.fee_micros = deductions.fee_micros
    payout.clawback_micros = deductions.clawback_micros
    return True


def _wait(payout: Payout, why: str, *, until: datetime) -> bool:
    payout.trouble, payout.next_attempt_at = why, until
    payout.save(update_fields=["trouble", "next_attempt_at"])
    return False


def _ask(attempt: Attempt) -> Refund:
    """Raises GatewayUnavailable, GatewayRefused. A repeat looks first: the gateway may have done
    it, and forgets an idempotency key after a day."""
    gateway = registry.gateway_of(attempt.deposit.gateway)
    if attempt.number > 1:
        try:
            found = gateway.find_refund(deposit=attempt.deposit, reference=attempt.reference)
        except GatewayRefused as error:
            # It says nothing about the refund, which the attempt before may have made.
            raise GatewayUnavailable(str(error)) from error
        if found is not None:
            return found
    return gateway.refund(
        deposit=attempt.deposit, reference=attempt.reference, amount_micros=attempt.net_micros
    )


def _told(attempt: Attempt, refund: Refund, *, at: datetime) -> None:
    if refund.state != RefundState.BY_HAND:
        payouts.apply_refund(refund, gateway=attempt.deposit.gateway, at=at)
        return
    with transaction.atomic():
        payout = _fenced(attempt)
        if payout is not None:
            payout.is_by_hand, payout.trouble = True, ""
            payout.save(update_fields=["is_by_hand", "trouble"])


def _put_off(attempt: Attempt, error: Exception, *, at: datetime) -> None:
    with transaction.atomic():
        payout = _fenced(attempt)
        if payout is not None:
            pause = min(FIRST_PAUSE * 2 ** min(attempt.number - 1, 20), LONGEST_PAUSE)
            payout.trouble, payout.next_attempt_at = str(error)[:200], at + pause
            payout.save(update_fields=["trouble", "next_attempt_at"])
    logger.warning("%s was put off: %s", attempt.reference, error)


def _refused(attempt: Attempt, trouble: str, *, at: datetime) -> None:
    with transaction.atomic():
        payout = _fenced(attempt)
        if payout is not None:
            payouts.fail(payout, trouble=trouble, at=at)


def _fenced(attempt: Attempt) -> Payout | None:
    """The payout, locked, if this attempt is still the one that counts."""
    payout = payouts.locked(attempt.payout_id)
    is_ours = payout.state == State.SENDING and payout.attempts == attempt.number
    return payout if is_ours else None
