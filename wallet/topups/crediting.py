"""What came of a payment, brought into the books.

Whatever tells us about a payment (a notification, the sweep, staff who saw it at the bank) ends
here, with the payment as it is at its gateway *now*. So the order and number of the tellings do
not matter: money that came is credited once, also to a top-up that had failed or expired, and what
fits no top-up is set aside for people. The top-up's row is locked first, then the customer's cash
row: this order everywhere. Sources: docs/payments.md, docs/ledger.md; rows WAL-01, WAL-10.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts import bans, mail
from accounts.models import Ban
from wallet import ledger
from wallet.currencies import LEDGER_CURRENCY, MICROS_PER_CENT
from wallet.gateways import registry
from wallet.gateways.base import Payment, PaymentState
from wallet.models import Deposit, UnmatchedPayment
from wallet.money import display
from wallet.topups import promotions
from wallet.topups.setting_aside import set_aside

State = Deposit.State
Reason = UnmatchedPayment.Reason

_MAILED = {
    State.PAID: "receipt",
    State.PROCESSING: "processing",
    State.FAILED: "failed",
    State.EXPIRED: "expired",
}


def apply(payment: Payment, *, gateway: str, at: datetime) -> Deposit | None:
    """Brings the top-up of a payment up to the payment's present state; a repeat changes nothing.

    Credits what the gateway received, whatever was asked for, once per payment. The time of the
    credit, `at`, starts the customer's windows (WAL-10). Returns the top-up, or None when the
    payment is of none: if money came with it, it waits among the unmatched payments.
    """
    with transaction.atomic():
        deposit = _locked(payment, gateway=gateway)
        if deposit is None:
            if payment.state == PaymentState.SUCCEEDED:
                set_aside(payment, gateway=gateway, reason=Reason.NO_DEPOSIT, at=at)
            return None
        if _is_done_with_another(deposit, payment):
            if payment.state == PaymentState.SUCCEEDED:
                set_aside(payment, deposit, gateway=gateway, reason=Reason.OTHER_PAYMENT, at=at)
            return deposit
        _follow(deposit, payment, at=at)
    return deposit


def _locked(payment: Payment, *, gateway: str) -> Deposit | None:
    """The top-up that has this payment, else the one that the gateway says it is for."""
    rows = Deposit.objects.select_for_update().filter(gateway=gateway)
    has_it = rows.filter(payment_id=payment.payment_id).first() if payment.payment_id else None
    return has_it or rows.filter(pk=payment.deposit_id or 0).first()


def _is_done_with_another(deposit: Deposit, payment: Payment) -> bool:
    is_done = deposit.state in (State.PAID, State.QUARANTINED)
    return is_done and deposit.payment_id != payment.payment_id


def _follow(deposit: Deposit, payment: Payment, *, at: datetime) -> None:
    was = deposit.state
    _note(deposit, payment)
    if payment.state == PaymentState.SUCCEEDED:
        _settle(deposit, payment, at=at)
    elif deposit.state not in (State.PAID, State.QUARANTINED):
        _wait_or_end(deposit, payment)
        if not deposit.is_waiting:
            promotions.release(deposit=deposit)
    deposit.save()
    if deposit.state != was and deposit.state in _MAILED:
        _tell(deposit, at=at)


def _note(deposit: Deposit, payment: Payment) -> None:
    """What the gateway knows by now; it forgets nothing that was known before."""
    deposit.payment_id = payment.payment_id or deposit.payment_id
    deposit.charge_id = payment.charge_id or deposit.charge_id
    deposit.method_label = payment.method_label or deposit.method_label
    deposit.card_fingerprint = payment.card_fingerprint or deposit.card_fingerprint
    if payment.declined_at is not None:
        deposit.declined_at = payment.declined_at


def _wait_or_end(deposit: Deposit, payment: Payment) -> None:
    """A payment that has not succeeded. One that ended unpaid stays so unless the bank has it."""
    if deposit.is_waiting or payment.state == PaymentState.PROCESSING:
        deposit.state = State(payment.state)
        deposit.trouble = payment.trouble[:200]


def _settle(deposit: Deposit, payment: Payment, *, at: datetime) -> None:
    if deposit.state not in (State.PAID, State.QUARANTINED):
        if reason := _doubt(payment):
            deposit.state = State.QUARANTINED
            promotions.release(deposit=deposit)
            set_aside(payment, deposit, gateway=deposit.gateway, reason=reason, at=at)
        else:
            _credit(deposit, payment, at=at)
    if deposit.state == State.PAID:
        _book_fee(deposit, payment, at=at)


def _doubt(payment: Payment) -> Reason | None:
    """Why money that came is not credited by itself (ACC-07 for cards)."""
    if payment.currency != LEDGER_CURRENCY:
        return Reason.CURRENCY
    is_banned = bans.is_banned(kind=Ban.Kind.CARD, value=payment.card_fingerprint)
    return Reason.BANNED_CARD if is_banned else None


def _credit(deposit: Deposit, payment: Payment, *, at: datetime) -> None:
    deposit.state = State.PAID
    deposit.trouble = ""
    deposit.amount_micros = payment.received_coins * MICROS_PER_CENT
    deposit.credited_at = at
    ledger.deposit(
        customer_id=deposit.customer_id,
        gateway=deposit.gateway,
        amount_micros=deposit.amount_micros,
        reference=deposit.reference,
        at=at,
    )
    ledger.settle_debt(customer_id=deposit.customer_id, at=at)
    promotions.grant(deposit=deposit, at=at)


def _book_fee(deposit: Deposit, payment: Payment, *, at: datetime) -> None:
    """Once, from the gateway's own books, whenever it comes to be known."""
    if deposit.fee_micros is not None or payment.fee_micros is None:
        return
    deposit.fee_micros = payment.fee_micros
    if payment.fee_micros:
        ledger.book_gateway_fee(
            gateway=deposit.gateway,
            amount_micros=payment.fee_micros,
            reference=deposit.reference,
            at=at,
        )


def _tell(deposit: Deposit, *, at: datetime) -> None:
    word = _MAILED[State(deposit.state)]
    mail.enqueue(
        key=f"{deposit.reference}:{word}",
        recipient=deposit.customer.email,
        template=f"deposit_{word}",
        context={
            "deposit": deposit,
            "amount": display(deposit.amount_micros),
            "method": deposit.method_label or registry.label_of(deposit.gateway),
            "bonus": promotions.outcome_of(deposit),
            "url": settings.SITE_URL.rstrip("/") + deposit.get_absolute_url(),
        },
        at=at,
    )
