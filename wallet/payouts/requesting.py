"""Asking for money back: the first press, what is refused in words, and the hold.

A request puts the money on hold at once, with the unspent bonus of the same top-ups: it can neither
be spent nor asked for twice. The top-ups' rows are locked by number, then the customer's cash row.
Sources: docs/withdrawals.md; rows WDR-01 to WDR-09, WDR-16 to WDR-19, WAL-04, WAL-05.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import calendar
from accounts.models import User
from legal.terms import account_policy
from wallet import ledger
from wallet.currencies import MICROS_PER_CENT
from wallet.lots.holdings import Holdings
from wallet.lots.reading import read_holdings
from wallet.models import Deposit, Payout, Withdrawal
from wallet.money import display
from wallet.payouts import mails as payout_mails
from wallet.payouts import payable
from wallet.payouts.deductions import Deductions, deductions_of
from wallet.payouts.payable import Payable
from wallet.payouts.withdrawals import LONGEST_NOTE, WithdrawalRefused


class NotForThisAccount(WithdrawalRefused):
    """Money back is not offered to this customer at all (WAL-04), or not any more (WDR-16)."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one top-up's part of a request would do to the money."""

    one: Payable
    amount_micros: int
    deductions: Deductions

    @property
    def arrives_micros(self) -> int:
        """What would reach the customer, as far as the deductions are known."""
        return self.amount_micros - self.deductions.sum_micros


def preview(*, customer: User, amounts: Mapping[int, int], at: datetime) -> list[Part]:
    """What a request would do, in the order of payment; nothing is stored.

    Raises NotForThisAccount, WithdrawalRefused, as the request itself.
    """
    check_account(customer=customer, at=at)
    payables = _payables(customer, at=at)
    holdings = _check(amounts, payables, customer=customer, at=at)
    return [
        Part(
            one=one,
            amount_micros=amounts[deposit_id],
            deductions=deductions_of(
                deposit=one.deposit, amount_micros=amounts[deposit_id], holdings=holdings
            ),
        )
        for deposit_id, one in payables.items()
        if deposit_id in amounts
    ]


def request(
    *,
    customer: User,
    amounts: Mapping[int, int],
    note: str,
    idempotency_key: str,
    at: datetime,
) -> Withdrawal:
    """Asks for money back: micros by top-up, whole cents each; one payout for each (WDR-19).

    The same press again returns the first request. Raises NotForThisAccount, WithdrawalRefused.
    """
    with transaction.atomic():
        _hold_deposits(customer.pk, amounts)
        _lock_cash(customer.pk)
        if same := _same_press(customer, amounts, idempotency_key):
            return same
        check_account(customer=customer, at=at)
        payables = _payables(customer, at=at)
        _check(amounts, payables, customer=customer, at=at)
        withdrawal = Withdrawal.objects.create(
            customer=customer,
            amount_micros=sum(amounts.values()),
            note=note[:LONGEST_NOTE],
            idempotency_key=idempotency_key,
            created_at=at,
            due_at=_due_at(customer, at=at),
        )
        for deposit_id, one in payables.items():  # newest first
            if deposit_id in amounts:
                _hold(withdrawal, one, amounts[deposit_id], at=at)
        payout_mails.tell_requested(withdrawal, at=at)
    return withdrawal


def check_account(*, customer: User, at: datetime) -> None:
    """Raises NotForThisAccount, in words, for whom no request is ever taken."""
    current = User.objects.get(pk=customer.pk)
    if current.standing in (User.Standing.TERMINATED, User.Standing.BLACKLISTED):
        raise NotForThisAccount(
            _("This account was closed, and nothing is paid back from it. Reason: %(reason)s")
            % {"reason": current.standing_reason}
        )
    if not payable.is_offered(customer_id=customer.pk, at=at):
        raise NotForThisAccount(_("Under your terms money in the wallet is for orders only."))


def _hold_deposits(customer_id: int, numbers: Iterable[int]) -> None:
    own = Deposit.objects.visible_to(customer_id).filter(pk__in=list(numbers))
    list(own.order_by("pk").select_for_update().values_list("pk", flat=True))


def _lock_cash(customer_id: int) -> None:
    """From here on nobody else moves this customer's money: the answer of the lots stays true."""
    ledger.lock(customer_id)


def _payables(customer: User, *, at: datetime) -> dict[int, Payable]:
    found = payable.read_payable(customer_id=customer.pk, at=at)
    return {one.deposit.pk: one for one in found}


def _same_press(
    customer: User, amounts: Mapping[int, int], idempotency_key: str
) -> Withdrawal | None:
    mine = Withdrawal.objects.visible_to(customer.pk)
    same = mine.filter(idempotency_key=idempotency_key).first()
    if same is None:
        return None
    if dict(same.payouts.values_list("deposit_id", "amount_micros")) != dict(amounts):
        raise WithdrawalRefused(_("This form was sent before with other amounts. Open it anew."))
    return same


def _check(
    amounts: Mapping[int, int], payables: Mapping[int, Payable], *, customer: User, at: datetime
) -> Holdings:
    """What the customer has, by which it was checked."""
    if why_not := payable.refusal(customer=customer, at=at):
        raise WithdrawalRefused(why_not)
    if not amounts:
        raise WithdrawalRefused(_("Say how much you want back."))
    holdings = read_holdings(customer_id=customer.pk)
    for deposit_id, amount_micros in amounts.items():
        if trouble := _trouble(payables.get(deposit_id), amount_micros, holdings):
            raise WithdrawalRefused(trouble, deposit_id=deposit_id)
    return holdings


def _trouble(one: Payable | None, amount_micros: int, holdings: Holdings) -> str:
    """What is wrong with one amount, in words; "" if nothing is."""
    if one is None:
        return _("This is not a top-up of yours.")
    if amount_micros <= 0 or amount_micros % MICROS_PER_CENT:
        return _("Ask for whole cents: at most two digits after the point.")
    if amount_micros > one.payable_micros:
        return _("At most %(most)s of this top-up can be paid back. %(why)s") % {
            "most": display(one.payable_micros),
            "why": one.words,
        }
    deductions = deductions_of(deposit=one.deposit, amount_micros=amount_micros, holdings=holdings)
    if amount_micros <= deductions.sum_micros:
        return _("%(sum)s would be deducted: ask for more than that.") % {
            "sum": display(deductions.sum_micros)
        }
    return ""


def _due_at(customer: User, *, at: datetime) -> datetime:
    policy = account_policy(user_id=customer.pk, at=at)
    return calendar.due_at(start=at, duration=policy.withdraw_review_sla)


def _hold(withdrawal: Withdrawal, one: Payable, amount_micros: int, *, at: datetime) -> None:
    holdings = read_holdings(customer_id=withdrawal.customer_id)
    deductions = deductions_of(deposit=one.deposit, amount_micros=amount_micros, holdings=holdings)
    payout = Payout.objects.create(
        withdrawal=withdrawal,
        deposit=one.deposit,
        amount_micros=amount_micros,
        fee_micros=deductions.fee_micros or 0,
        clawback_micros=deductions.clawback_micros,
        bonus_micros=one.bonus_micros,
        next_attempt_at=at,
    )
    ledger.hold(
        customer_id=withdrawal.customer_id,
        reference=payout.reference,
        deposit=one.deposit.reference,
        cash_micros=amount_micros,
        bonus_micros=one.bonus_micros,
        at=at,
    )
