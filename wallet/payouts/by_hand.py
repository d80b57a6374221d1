"""Money that people send: back to a bank account, or by another way when the original one is gone.

The bank transfer's gateway cannot refund by itself, so its payouts wait here until somebody says
that he has sent them. A payout that failed may be paid another way where the terms allow it
(`withdraw.alt_method`, WDR-06): two people decide, with what proves who the customer is, and the
money is held anew for it. Sources: docs/withdrawals.md; rows WDR-05, WDR-06.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import cases
from accounts.acts import log_act
from accounts.models import Case, User
from legal.terms import policy_of
from wallet import ledger
from wallet.lots.reading import read_holdings
from wallet.models import Payout, Withdrawal
from wallet.payouts import following as payouts
from wallet.payouts import payable
from wallet.payouts.deductions import deductions_of
from wallet.payouts.withdrawals import WithdrawalRefused, check_account

State = Payout.State


def check_other_way(payout: Payout) -> None:
    """Raises WithdrawalRefused unless this payout may be paid another way."""
    if payout.state != State.FAILED:
        raise WithdrawalRefused(_("Only a payout that failed is paid another way."))
    check_account(customer_id=payout.deposit.customer_id)
    if policy_of(payout.deposit.publication_id).withdraw_alt_method != "staff_two_person":
        raise WithdrawalRefused(
            _("The terms of this top-up allow the original method only (WDR-06).")
        )
    if Withdrawal.objects.filter(idempotency_key=_key(payout)).exists():
        raise WithdrawalRefused(_("It is being paid another way already."))


def start_other_way(*, payout_id: int, at: datetime) -> Payout:
    """What two people have decided: the failed payout's money is held anew, for people to send.

    Raises WithdrawalRefused, also when the customer has spent it meanwhile.
    """
    with transaction.atomic():
        failed = payouts.locked(payout_id)
        ledger.lock(failed.deposit.customer_id)
        check_other_way(failed)
        payout = _again(failed, at=at)
        ledger.hold(
            customer_id=failed.deposit.customer_id,
            reference=payout.reference,
            deposit=failed.deposit.reference,
            cash_micros=payout.amount_micros,
            bonus_micros=payout.bonus_micros,
            at=at,
        )
        cases.resolve_case(
            kind=Case.Kind.PAYOUT_FAILED,
            key=failed.reference,
            resolution=f"Paid by hand as {payout.reference}",
            at=at,
        )
    return payout


def say_sent(*, payout_id: int, number: str, by: User, at: datetime, ip: str | None) -> None:
    """Somebody has sent it at the bank; `number` is the bank's. Raises WithdrawalRefused."""
    with transaction.atomic():
        payout = payouts.locked(payout_id)
        if payout.state != State.SENDING or not payout.is_by_hand:
            raise WithdrawalRefused(_("This payout does not wait to be sent by hand."))
        payouts.mark_sent(payout, refund_id="", trace_id=number, at=at)
        _log("send payout by hand", payout, by=by, reason=number, ip=ip)


def say_returned(*, payout_id: int, reason: str, by: User, at: datetime, ip: str | None) -> None:
    """The bank has sent it back: everything returns to the balance. Raises WithdrawalRefused."""
    with transaction.atomic():
        payout = payouts.locked(payout_id)
        if payout.state != State.SENT or not payout.is_by_hand:
            raise WithdrawalRefused(_("This payout was not sent by hand."))
        payouts.fail(payout, trouble=reason, at=at)
        _log("return payout", payout, by=by, reason=reason, ip=ip)


def _again(failed: Payout, *, at: datetime) -> Payout:
    deposit, amount = failed.deposit, failed.amount_micros
    found = payable.read_payable(customer_id=deposit.customer_id, at=at)
    one = next(one for one in found if one.deposit.pk == deposit.pk)
    if one.payable_micros < amount:
        raise WithdrawalRefused(_("The balance does not have it any more. %s") % one.words)
    deductions = deductions_of(
        deposit=deposit,
        amount_micros=amount,
        holdings=read_holdings(customer_id=deposit.customer_id),
    )
    request = Withdrawal.objects.create(
        customer_id=deposit.customer_id,
        state=Withdrawal.State.APPROVED,
        amount_micros=amount,
        note=_("In the place of %(payout)s, which failed.") % {"payout": failed.reference},
        idempotency_key=_key(failed),
        created_at=at,
        due_at=at,
        decided_at=at,
    )
    return Payout.objects.create(
        withdrawal=request,
        deposit=deposit,
        state=State.SENDING,
        amount_micros=amount,
        fee_micros=deductions.fee_micros or 0,
        clawback_micros=deductions.clawback_micros,
        bonus_micros=one.bonus_micros,
        is_by_hand=True,
        next_attempt_at=at,
    )


def _key(failed: Payout) -> str:
    return f"by-hand:{failed.reference}"


def _log(act: str, payout: Payout, *, by: User, reason: str, ip: str | None) -> None:
    log_act(
        actor=by,
        act=act,
        target=payout.reference,
        reason=reason,
        changes={"amount_micros": payout.net_micros},
        ip=ip,
    )
