"""Refunds that somebody made at the gateway itself: the money has left, so the books follow.

The whole refund is taken from the wallet, the top-up's own money first; what is missing becomes
debt. If the gateway cannot deliver it, every cent returns. Staff get a case either way, because the
way to pay money back is the withdrawal. Source: docs/withdrawals.md; stripe.md, section 3.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import cases
from accounts.models import Case
from legal.terms import policy_of
from wallet import ledger
from wallet.gateways.base import GatewayUnavailable, Refund, RefundState
from wallet.ledger import Cause
from wallet.lots.movements import Bucket
from wallet.lots.reading import read_holdings
from wallet.models import Deposit, ForeignRefund, TransferKind
from wallet.money import display
from wallet.payouts import withdrawals
from wallet.topups import freezing
from wallet.topups.setting_aside import note_reversal

logger = logging.getLogger(__name__)

State = ForeignRefund.State
_STATES = {
    RefundState.PENDING: State.SENT,
    RefundState.SUCCEEDED: State.SUCCEEDED,
    RefundState.FAILED: State.FAILED,
}


def apply(refund: Refund, *, gateway: str, at: datetime) -> ForeignRefund | None:
    """Brings the books up to a refund that no payout asked for; None if its charge is unknown here.

    The caller has begun the transaction. A repeat changes nothing. Raises GatewayUnavailable.
    """
    deposit = _deposit_of(refund, gateway=gateway)
    if deposit is None:
        logger.warning("refund %s at %s is of no top-up", refund.refund_id, gateway)
        if refund.state != RefundState.FAILED:
            note_reversal(gateway=gateway, payment_id=refund.payment_id, at=at)
        return None
    row, is_new = ForeignRefund.objects.select_for_update().get_or_create(
        gateway=gateway,
        refund_id=refund.refund_id,
        defaults={
            "deposit": deposit,
            "amount_micros": refund.amount_micros,
            "state": _STATES[refund.state],
            "created_at": at,
        },
    )
    if is_new and row.state != State.FAILED:
        _take(row, at=at)
    elif not is_new and row.state != State.FAILED:
        _advance(row, _STATES[refund.state], at=at)
    return row


def _deposit_of(refund: Refund, *, gateway: str) -> Deposit | None:
    """The credited top-up whose charge it is of, locked. Raises GatewayUnavailable for one that is
    about to be credited: the news of its payment are still on their way."""
    named = Q(charge_id=refund.charge_id) if refund.charge_id else Q(pk=None)
    if refund.payment_id:
        named |= Q(payment_id=refund.payment_id)
    deposit = Deposit.objects.select_for_update().filter(named, gateway=gateway).first()
    if deposit is not None and deposit.is_waiting:
        raise GatewayUnavailable(f"{deposit} is refunded and not credited yet")
    return deposit if deposit is not None and deposit.state == Deposit.State.PAID else None


def _take(row: ForeignRefund, *, at: datetime) -> None:
    """What the customer has asked back of this top-up, and what questions hold of it, is free
    first: the refund answers them."""
    deposit = row.deposit
    reason = _("We have paid this top-up back outside the form.")
    withdrawals.cancel_for_deposit(deposit_id=deposit.pk, reason=reason, at=at)
    ledger.lock(deposit.customer_id)
    freezing.let_go(deposit=deposit, at=at)
    ledger.take_back(cause=_cause(row), amount_micros=row.amount_micros, at=at)
    _cancel_bonus(row, at=at)
    freezing.hand_over(deposit=deposit, reference=row.reference, at=at)
    cases.raise_case(
        kind=Case.Kind.REFUND_AT_GATEWAY,
        key=row.reference,
        detail=_("%(amount)s of %(deposit)s were paid back at the gateway itself (%(refund)s).")
        % {
            "amount": display(row.amount_micros),
            "deposit": deposit.reference,
            "refund": row.refund_id,
        },
        at=at,
    )


def _advance(row: ForeignRefund, state: State, *, at: datetime) -> None:
    if state == State.FAILED:
        ledger.give_back(cause=_cause(row), at=at)
        ledger.return_bonus(
            customer_id=row.deposit.customer_id,
            reference=row.reference,
            deposit=row.deposit.reference,
            at=at,
        )
    elif row.state == State.SUCCEEDED:
        return
    row.state = state
    row.save(update_fields=["state"])


def _cause(row: ForeignRefund) -> Cause:
    return Cause(
        customer_id=row.deposit.customer_id,
        gateway=row.gateway,
        reference=row.reference,
        deposit=row.deposit.reference,
        kind=TransferKind.WITHDRAWAL,
    )


def _cancel_bonus(row: ForeignRefund, *, at: datetime) -> None:
    """BON-03: the unspent bonus goes with the top-up that it came with."""
    deposit = row.deposit
    if not policy_of(deposit.publication_id).withdraw_cancel_bonus:
        return
    holdings = read_holdings(customer_id=deposit.customer_id)
    if left := freezing.unspent_micros(holdings, deposit, Bucket.BONUS):
        ledger.cancel_bonus(
            customer_id=deposit.customer_id,
            amount_micros=left,
            reference=row.reference,
            deposit=deposit.reference,
            at=at,
        )
