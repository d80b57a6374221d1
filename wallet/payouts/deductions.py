"""What is kept back of a payout: the top-up's fee (WDR-08) and bonus that was spent (BON-03).

The fee is what the gateway took for the top-up, from its own books and never from a formula. Both
are whole cents, so that what leaves is whole cents; all payouts together are rounded down, so that
no rounding takes more than the fee.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, Sum

from legal.policy import Policy
from legal.terms import policy_of
from wallet.currencies import MICROS_PER_CENT
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket
from wallet.models import AccountKind, BonusGrant, Deposit, Payout, Transfer, TransferKind
from wallet.models.withdrawals import PayoutQuerySet

# What these bear is found out again before they are sent.
_REVIEWED_ANEW = (Payout.State.HELD, Payout.State.APPROVED)


@dataclass(frozen=True, slots=True)
class _Borne:
    """What other payouts of a top-up are and bear, in micros."""

    amount_micros: int
    fee_micros: int
    clawback_micros: int


@dataclass(frozen=True, slots=True)
class Deductions:
    """In micros; `fee_micros` is None while the gateway has not told its fee."""

    fee_micros: int | None
    clawback_micros: int

    @property
    def sum_micros(self) -> int:
        return (self.fee_micros or 0) + self.clawback_micros


def deductions_of(
    *, deposit: Deposit, amount_micros: int, holdings: Holdings, payout: Payout | None = None
) -> Deductions:
    """What a payout of `amount_micros` of a top-up bears beside what its other payouts bear.

    `payout` is the one in question if it exists already. The caller holds the top-up's row.
    """
    policy = policy_of(deposit.publication_id)
    others = Payout.objects.live().filter(deposit=deposit)
    if payout is not None:
        others = others.exclude(pk=payout.pk)
    before = _borne_by(others)
    return Deductions(
        fee_micros=_fee(policy, deposit, amount_micros, before),
        clawback_micros=_clawback(policy, deposit, holdings, borne_micros=before.clawback_micros),
    )


def _borne_by(payouts: PayoutQuerySet) -> _Borne:
    sums = payouts.aggregate(
        amount=Sum("amount_micros"), fee=Sum("fee_micros"), clawback=Sum("clawback_micros")
    )
    return _Borne(sums["amount"] or 0, sums["fee"] or 0, sums["clawback"] or 0)


def whole_cents(micros: int) -> int:
    """The part of an amount that a gateway can move."""
    return micros - micros % MICROS_PER_CENT


def _fee(policy: Policy, deposit: Deposit, amount_micros: int, before: _Borne) -> int | None:
    """WDR-08: `full_once` takes the whole fee from the first payouts, `pro_rata` the amount's part
    of it; all payouts together never bear more than the fee."""
    if policy.withdraw_fee == "none":
        return 0
    if deposit.fee_micros is None:
        return None
    if policy.withdraw_fee == "pro_rata":
        return _share(deposit, deposit.fee_micros, amount_micros, before)
    return whole_cents(max(0, deposit.fee_micros - before.fee_micros))


def _share(deposit: Deposit, fee_micros: int, amount_micros: int, before: _Borne) -> int:
    """Rounded down over all payouts so far, else many small ones would bear nothing; and never
    more than its own part rounded up, whatever the others bear."""
    so_far = fee_micros * (before.amount_micros + amount_micros) // deposit.amount_micros
    own_part = fee_micros * amount_micros // deposit.amount_micros
    own_cents = whole_cents(own_part + MICROS_PER_CENT - 1)
    return min(own_cents, whole_cents(max(0, so_far - before.fee_micros)))


def _clawback(policy: Policy, deposit: Deposit, holdings: Holdings, *, borne_micros: int) -> int:
    if policy.bonus_clawback_spent == "none" or not policy.withdraw_cancel_bonus:
        return 0
    return whole_cents(max(0, _spent_bonus(deposit, holdings) - borne_micros))


def bought_bonus(*, deposit: Deposit, holdings: Holdings) -> int:
    """Micros of a top-up's bonus that payouts have kept money back for, and that orders have given
    back since: paid for, so it does not end with the top-up."""
    told = deposit.payouts.live().exclude(state__in=_REVIEWED_ANEW)
    kept = told.aggregate(sum=Sum("clawback_micros"))["sum"] or 0
    return max(0, kept - _spent_bonus(deposit, holdings)) if kept else 0


def _spent_bonus(deposit: Deposit, holdings: Holdings) -> int:
    """Of the bonus that came with a top-up: what orders took and did not give back."""
    grant = BonusGrant.objects.filter(deposit=deposit).first()
    if grant is None:
        return 0
    own = [lot for lot in holdings.lots if lot.root == deposit.reference]
    here = sum(
        lot.remaining_micros + lot.frozen_micros for lot in own if lot.bucket is Bucket.BONUS
    )
    return max(0, grant.amount_micros - here - _ended_otherwise(deposit))


def _ended_otherwise(deposit: Deposit) -> int:
    """Bonus of a top-up that was cancelled with it or expired, and did not come back."""
    of_it = Q(origin=deposit.reference)
    buckets = (AccountKind.BONUS, AccountKind.BONUS_HOLD)
    ended = Q(kind__in=(TransferKind.BONUS_CANCEL, TransferKind.EXPIRY))
    ended &= Q(debit_account__kind__in=buckets)
    sums = Transfer.objects.filter(of_it).aggregate(
        ended=Sum("amount_micros", filter=ended),
        returned=Sum("amount_micros", filter=Q(kind=TransferKind.BONUS_RETURN)),
    )
    return (sums["ended"] or 0) - (sums["returned"] or 0)
