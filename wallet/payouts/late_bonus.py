"""Bonus that orders give back when the top-up it came with is paid back already, or on its way: it
goes where the rest of the bonus went (WDR-09, BON-03).

While a request waits, the bonus is put on hold with it; once money was sent, it is cancelled.
Locks: the top-up, its payouts, then the customer's cash row. Source: docs/withdrawals.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from legal.terms import policy_of
from wallet import ledger
from wallet.lots.movements import Bucket
from wallet.lots.reading import read_holdings
from wallet.models import Account, Deposit, ForeignRefund, Payout
from wallet.payouts.deductions import bought_bonus
from wallet.topups import freezing

# For so long after money was sent, what orders give back is looked at.
FOLLOWED_FOR = timedelta(days=120)
_SENT = (Payout.State.SENT, Payout.State.SUCCEEDED)
_REFUNDED = (ForeignRefund.State.SENT, ForeignRefund.State.SUCCEEDED)


def to_collect(*, at: datetime) -> list[int]:
    """Numbers of the top-ups whose customers have bonus that may have come back to them."""
    since = at - FOLLOWED_FOR
    waits = Q(payouts__state__in=Payout.WAITING)
    is_sent = Q(payouts__state__in=_SENT, payouts__sent_at__gt=since)
    is_refunded = Q(foreign_refunds__state__in=_REFUNDED, foreign_refunds__created_at__gt=since)
    has_bonus = Q(
        bonus_grant__isnull=False,
        customer__ledger_accounts__kind=Account.Kind.BONUS,
        customer__ledger_accounts__balance_micros__gt=0,
    )
    found = Deposit.objects.filter(has_bonus, waits | is_sent | is_refunded)
    return list(found.order_by("pk").distinct().values_list("pk", flat=True))


def collect(*, deposit_id: int, at: datetime) -> None:
    """Puts what came back on hold for a request that waits, or cancels it. What a payout has kept
    money back for (`bonus.clawback_spent`) was paid for and stays the customer's."""
    with transaction.atomic():
        deposit = Deposit.objects.select_for_update().get(pk=deposit_id)
        if not policy_of(deposit.publication_id).withdraw_cancel_bonus:
            return
        payouts = list(deposit.payouts.live().select_for_update().order_by("pk"))
        ledger.lock(deposit.customer_id)
        holdings = read_holdings(customer_id=deposit.customer_id)
        left = freezing.unspent_micros(holdings, deposit, Bucket.BONUS)
        left -= bought_bonus(deposit=deposit, holdings=holdings)
        if left <= 0:
            return
        waiting = [payout for payout in payouts if payout.state in Payout.WAITING]
        if waiting:
            _hold(waiting[0], deposit, left, at=at)
        elif cause := _cause(payouts, deposit):
            _cancel(cause, deposit, left, at=at)


def _cause(payouts: list[Payout], deposit: Deposit) -> str | None:
    """For what the bonus ends: the first payout, or refund at the gateway, that was made."""
    if payouts:
        return payouts[0].reference
    refund = deposit.foreign_refunds.filter(state__in=_REFUNDED).order_by("pk").first()
    return refund.reference if refund else None


def _hold(payout: Payout, deposit: Deposit, micros: int, *, at: datetime) -> None:
    held = ledger.on_hold(payout.reference)
    payout.bonus_micros = held.bonus_micros + micros
    payout.save(update_fields=["bonus_micros"])
    ledger.hold(
        customer_id=deposit.customer_id,
        reference=payout.reference,
        deposit=deposit.reference,
        cash_micros=held.cash_micros,
        bonus_micros=payout.bonus_micros,
        at=at,
    )


def _cancel(reference: str, deposit: Deposit, micros: int, *, at: datetime) -> None:
    ledger.cancel_bonus(
        customer_id=deposit.customer_id,
        amount_micros=ledger.canceled_bonus(reference) + micros,
        reference=reference,
        deposit=deposit.reference,
        at=at,
    )
