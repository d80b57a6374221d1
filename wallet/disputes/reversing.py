"""The money of a disputed payment: what its bank has taken is taken here, and given back if it is.

Everything is a target: what the gateway has withdrawn and not reinstated, and what it keeps as its
fee. So news may come in any order and as often as they like. The terms of the top-up decide what
the customer bears. Sources: docs/disputes.md, docs/ledger.md; rows CHB-01, CHB-03, CHB-05, CHB-08,
BON-03.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from legal.terms import policy_of
from wallet import ledger
from wallet.ledger import Cause
from wallet.lots.movements import Bucket
from wallet.lots.reading import read_holdings
from wallet.models import Decision, Dispute, Transfer, TransferKind
from wallet.pots import pots_of
from wallet.topups import freezing


def cause_of(dispute: Dispute) -> Cause:
    """How the ledger names what is taken for a dispute."""
    deposit = dispute.deposit
    return Cause(
        customer_id=deposit.customer_id,
        gateway=deposit.gateway,
        reference=dispute.reference,
        deposit=deposit.reference,
    )


def forfeiture_of(dispute: Dispute) -> str:
    """How the ledger names a balance that is forfeited with a dispute."""
    return f"{dispute.reference}:forfeiture"


def forfeited_micros(dispute: Dispute) -> int:
    """What is forfeited with a dispute and not given back: cash and bonus together."""
    rows = Transfer.objects.filter(reference=forfeiture_of(dispute))
    sums = dict(rows.order_by().values_list("kind").annotate(sum=Sum("amount_micros")))
    back = sums.get(TransferKind.FORFEITURE_RETURN, 0)
    return int(sums.get(TransferKind.FORFEITURE, 0) - back)


def follow(*, dispute: Dispute, at: datetime) -> None:
    """Brings the customer's money in line with a dispute's state, its `taken_micros` and
    `fee_micros`. The caller holds the rows of top-up and dispute."""
    ledger.lock(dispute.deposit.customer_id)
    if not dispute.taken_micros:
        _give_back(dispute, at=at)
    if dispute.state in Dispute.OPEN and not dispute.taken_micros:
        freezing.freeze(deposit=dispute.deposit, reference=dispute.reference, at=at)
        return
    freezing.thaw(deposit=dispute.deposit, reference=dispute.reference, at=at)
    if dispute.taken_micros:
        _take(dispute, at=at)
    freezing.hand_over(deposit=dispute.deposit, reference=dispute.reference, at=at)


def book_fee(*, dispute: Dispute, fee_micros: int, at: datetime) -> None:
    """Brings the gateway's own fee for a dispute to `fee_micros`: it may rise, and come back."""
    if missing := fee_micros - dispute.fee_micros:
        ledger.book_gateway_fee(
            gateway=dispute.gateway,
            amount_micros=missing,
            reference=dispute.reference,
            turn=ledger.reversal_of(cause_of(dispute)).turns,
            at=at,
        )
        dispute.fee_micros = fee_micros


def _take(dispute: Dispute, *, at: datetime) -> None:
    policy = policy_of(dispute.deposit.publication_id)
    cause = cause_of(dispute)
    spared = _came_since(dispute)
    if ledger.reversal_of(cause).taken_micros > dispute.taken_micros:
        # A part came back: undone in full, the rest is taken anew.
        _give_back(dispute, at=at)
    if policy.chargeback_recourse == "deposit_only":
        _take_own(dispute, at=at)
    else:
        ledger.take_back(cause=cause, amount_micros=dispute.taken_micros, at=at)
        ledger.settle_debt(customer_id=cause.customer_id, at=at)
    _cancel_bonus(dispute, at=at)
    dispute.passed_fee_micros = min(policy.chargeback_pass_fee, dispute.fee_micros)
    ledger.pass_fee_on(cause=cause, amount_micros=dispute.passed_fee_micros, at=at)
    if policy.chargeback_forfeit and not _is_forgiven(dispute):
        ledger.forfeit(
            customer_id=cause.customer_id,
            reference=forfeiture_of(dispute),
            spared=spared,
            at=at,
        )


def _came_since(dispute: Dispute) -> tuple[int, int]:
    """Cash and bonus that came in after the payment was taken, also what has paid its debt since:
    no later news of the same dispute forfeit it."""
    was = ledger.reversal_of(cause_of(dispute))
    if not was.taken_micros:
        return (0, 0)
    pots = pots_of(customer_id=dispute.deposit.customer_id)
    return (pots.cash + was.settled_micros, pots.bonus)


def _is_forgiven(dispute: Dispute) -> bool:
    """What two people have given back stays given, whatever the bank says later (CHB-03)."""
    return Decision.objects.filter(
        kind=Decision.Kind.FORFEITURE_RETURN,
        subject=forfeiture_of(dispute),
        outcome=Decision.Outcome.DONE,
    ).exists()


def _take_own(dispute: Dispute, *, at: datetime) -> None:
    """Only what is left of the top-up itself, now and later; the house bears the rest."""
    cause, left_micros = cause_of(dispute), _left(dispute, Bucket.CASH)
    ledger.reclaim(cause=cause, amount_micros=left_micros, at=at)
    ledger.take_back(
        cause=cause,
        amount_micros=dispute.taken_micros,
        at=at,
        most_cash_micros=_left(dispute, Bucket.CASH),
    )


def _give_back(dispute: Dispute, *, at: datetime) -> None:
    """Every cent returns to where it was taken from; unpaid debt is cancelled."""
    cause = cause_of(dispute)
    ledger.return_forfeiture(customer_id=cause.customer_id, reference=forfeiture_of(dispute), at=at)
    ledger.give_back(cause=cause, at=at)
    ledger.return_bonus(
        customer_id=cause.customer_id, reference=cause.reference, deposit=cause.deposit, at=at
    )
    dispute.passed_fee_micros = 0
    ledger.settle_debt(customer_id=cause.customer_id, at=at)


def _cancel_bonus(dispute: Dispute, *, at: datetime) -> None:
    """BON-03: what is left of the bonus that came with the payment goes with it."""
    cause = cause_of(dispute)
    left_micros = _left(dispute, Bucket.BONUS)
    ledger.cancel_bonus(
        customer_id=cause.customer_id,
        amount_micros=ledger.canceled_bonus(cause.reference) + left_micros,
        reference=cause.reference,
        deposit=cause.deposit,
        at=at,
    )


def _left(dispute: Dispute, bucket: Bucket) -> int:
    holdings = read_holdings(customer_id=dispute.deposit.customer_id)
    return freezing.unspent_micros(holdings, dispute.deposit, bucket)
