"""What each kind of decision does once nobody has to agree any more.

Every act runs in the transaction that marks the decision as done, and writes the customer's mail
there: nobody hears of it before it is decided (FRD-03), and nobody who was decided about hears
nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import mail, standing
from accounts.models import User
from wallet import ledger
from wallet.decisions import forfeiting, unmatched
from wallet.gateways.base import Payment, PaymentState
from wallet.models import BonusGrant, Decision, Deposit, UnmatchedPayment
from wallet.money import display
from wallet.payouts import by_hand, withdrawals
from wallet.topups import crediting


class DecisionRefused(Exception):
    """What was proposed cannot be done; `message` says why. Nothing was moved."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def adjust(decision: Decision, at: datetime) -> None:
    ledger.adjust(
        customer_id=decision.customer_id,
        amount_micros=decision.amount_micros,
        reference=decision.reference,
        at=at,
    )
    _tell(decision, micros=abs(decision.amount_micros), at=at)


def give_goodwill(decision: Decision, at: datetime) -> None:
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
    decision.details = {**decision.details, "grant": grant.pk}
    _tell(decision, micros=decision.amount_micros, at=at)


def forfeit(decision: Decision, at: datetime) -> None:
    """Takes what is there now, which may differ from what was there when it was proposed; ends the
    account in the same act if that was proposed (FRD-01)."""
    if decision.reason == Decision.Reason.CHARGEBACK and not may_name_chargeback(decision):
        raise DecisionRefused(_("No reversed payment of this customer ends the balance."))
    cash, bonus = forfeiting.forfeit(
        customer_id=decision.customer_id,
        reference=decision.reference,
        reason=str(decision.get_reason_display()),
        at=at,
    )
    if not cash + bonus:
        raise DecisionRefused(_("There is nothing left to forfeit."))
    decision.details = {**decision.details, "cash_micros": cash, "bonus_micros": bonus}
    if decision.details.get("terminate"):
        standing.change_standing(
            user=decision.customer,
            standing=User.Standing.TERMINATED,
            reason=str(decision.get_reason_display()),
            actor=decision.decided_by,
            at=at,
        )
    _tell(decision, micros=cash + bonus, at=at)


def may_name_chargeback(decision: Decision) -> bool:
    return forfeiting.may_forfeit_after_chargeback(customer_id=decision.customer_id)


def undo_forfeiture(decision: Decision, at: datetime) -> None:
    """Gives everything back that one forfeiture took, once."""
    done = Decision.objects.filter(
        kind=Decision.Kind.FORFEITURE_RETURN,
        subject=decision.subject,
        outcome=Decision.Outcome.DONE,
    )
    if done.exclude(pk=decision.pk).exists():
        raise DecisionRefused(_("This forfeiture has been undone already."))
    cash, bonus = ledger.return_forfeiture(
        customer_id=decision.customer_id, reference=decision.subject, at=at
    )
    if not cash + bonus:
        raise DecisionRefused(_("There is no such forfeiture."))
    _tell(decision, micros=cash + bonus, at=at)


def credit_payment(decision: Decision, at: datetime) -> None:
    """Credits a payment that fitted no top-up to one that was never paid."""
    rows = UnmatchedPayment.objects.select_for_update()
    payment = rows.get(pk=decision.subject.partition(":")[2])
    deposit = Deposit.objects.get(pk=decision.details["deposit"])
    try:
        unmatched.check_creditable(payment, deposit)
    except unmatched.CannotCredit as refusal:
        raise DecisionRefused(refusal.message) from refusal
    credited = crediting.apply(_as_payment(payment, deposit), gateway=payment.gateway, at=at)
    is_credited = (
        credited is not None
        and credited.pk == deposit.pk
        and (credited.state, credited.payment_id) == (Deposit.State.PAID, payment.payment_id)
    )
    if not is_credited:
        raise DecisionRefused(_("That top-up has been paid in the meantime."))
    resolution = _("Credited as top-up %(number)s") % {"number": deposit.pk}
    unmatched.resolve(payment, by=decision.decided_by, resolution=resolution, at=at)


def approve_withdrawal(decision: Decision, at: datetime) -> None:
    """Its payouts are due; the customer hears of each when it is sent."""
    try:
        withdrawals.approve(withdrawal_id=_number(decision), at=at)
    except withdrawals.WithdrawalRefused as refusal:
        raise DecisionRefused(refusal.message) from refusal


def pay_by_hand(decision: Decision, at: datetime) -> None:
    """A failed payout goes another way (WDR-06); the customer hears of it when it is sent."""
    try:
        by_hand.start_other_way(payout_id=_number(decision), at=at)
    except withdrawals.WithdrawalRefused as refusal:
        raise DecisionRefused(refusal.message) from refusal


def _number(decision: Decision) -> int:
    return int(decision.subject.partition(":")[2])


def _as_payment(payment: UnmatchedPayment, deposit: Deposit) -> Payment:
    return Payment(
        state=PaymentState.SUCCEEDED,
        payment_id=payment.payment_id,
        deposit_id=deposit.pk,
        received_coins=payment.amount_coins,
        currency=payment.currency,
    )


def _tell(decision: Decision, *, micros: int, at: datetime) -> None:
    mail.enqueue(
        key=f"{decision.reference}:done",
        recipient=decision.customer.email,
        template="balance_decided",
        context={
            "kind": decision.kind,
            "takes": decision.amount_micros < 0 or decision.kind == Decision.Kind.FORFEITURE,
            "amount": display(micros),
            "reason": decision.get_reason_display(),
            "url": f"{settings.SITE_URL.rstrip('/')}/wallet/",
        },
        at=at,
    )
