"""The life of a top-up: asked for, paid and credited once, or not paid at all.

Whatever tells us about a payment (a notification, a sweep, the demonstration's page) ends here. The
state of the payment at the gateway is applied under the deposit's row lock, then the ledger takes
the customer's cash row: this order everywhere. Rules: docs/ledger.md; rows WAL-01, WAL-10, LEG-07.
"""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import mail, switches
from accounts.models import KillSwitch
from legal.models import Publication
from wallet import ledger
from wallet.gateways import registry
from wallet.models import Deposit
from wallet.money import display

State = Deposit.State


class DepositRefused(Exception):
    """A top-up that cannot begin. `message` tells the customer why; nothing was stored."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """`field` names the input to stand beside: "amount", "gateway" or none of them."""
        super().__init__(message)
        self.message = message
        self.field = field


class PaymentMismatch(Exception):
    """A payment that this deposit cannot take: it has another one, or the payment another deposit.

    The money is at the gateway and credited nowhere, so somebody has to look at it.
    """


def open_deposit(*, customer_id: int, gateway: str, amount_micros: int, at: datetime) -> Deposit:
    """Records what the customer wants to pay in, under the terms in force (LEG-03, LEG-07).

    No money moves. Raises DepositRefused: top-ups or the gateway are off, the amount is outside the
    gateway's limits, or the customer has no verified e-mail (ACC-03).
    """
    _check_switch()
    _check_gateway(gateway, amount_micros)
    if not EmailAddress.objects.filter(user_id=customer_id, verified=True).exists():
        raise DepositRefused(_("Confirm your e-mail address first; we have sent you a link."))
    terms = Publication.objects.in_force(at=at).first()
    if terms is None:
        raise DepositRefused(_("Top-ups are not open yet: there are no terms in force."))
    return Deposit.objects.create(
        customer_id=customer_id,
        publication=terms,
        gateway=gateway,
        asked_micros=amount_micros,
        amount_micros=amount_micros,
        created_at=at,
    )


def start_payment(*, deposit: Deposit, return_url: str) -> str:
    """The gateway's page for a deposit that waits for payment.

    Raises DepositRefused: top-ups or the gateway were switched off since the deposit was opened.
    May use the network: not to be called inside a transaction.
    """
    _check_switch()
    try:
        gateway = registry.offered_gateway(deposit.gateway)
    except registry.UnknownGateway:
        raise _gateway_is_off() from None
    return gateway.start(deposit=deposit, return_url=return_url)


def apply_payment(*, deposit_id: int, payment_id: str, amount_micros: int, at: datetime) -> Deposit:
    """Credits a payment that has succeeded at the gateway, exactly once per `payment_id`.

    `amount_micros` is what the gateway received; it is credited even if another amount was asked
    for, and even if the deposit had failed or expired before: the money is there. The time of the
    credit, not of the payment, starts the customer's windows (WAL-10). Raises PaymentMismatch.
    """
    with transaction.atomic():
        deposit = _locked(deposit_id)
        if deposit.state == State.QUARANTINED:
            return deposit
        if deposit.state == State.PAID:
            if deposit.payment_id != payment_id:
                raise PaymentMismatch(f"{deposit} was paid by another payment than {payment_id}")
            return deposit
        _check_payment_is_new(deposit, payment_id)
        _credit(deposit, payment_id=payment_id, amount_micros=amount_micros, at=at)
        _send_receipt(deposit, at=at)
    return deposit


def fail(*, deposit_id: int) -> Deposit:
    """The payment was declined. A deposit that is paid or under review stays what it is."""
    return _close(deposit_id, State.FAILED)


def expire(*, deposit_id: int) -> Deposit:
    """The customer left the payment, or its time is over. Paid or under review stays."""
    return _close(deposit_id, State.EXPIRED)


def _check_switch() -> None:
    if reason := switches.reason_off(KillSwitch.Part.TOP_UPS):
        raise DepositRefused(reason)


def _check_gateway(code: str, amount_micros: int) -> None:
    try:
        gateway = registry.offered_gateway(code)
    except registry.UnknownGateway:
        raise _gateway_is_off() from None
    if refusal := gateway.limits.refusal(amount_micros):
        raise DepositRefused(refusal, field="amount")


def _gateway_is_off() -> DepositRefused:
    return DepositRefused(_("This way of paying is not on offer now."), field="gateway")


def _locked(deposit_id: int) -> Deposit:
    return Deposit.objects.select_for_update().get(pk=deposit_id)


def _check_payment_is_new(deposit: Deposit, payment_id: str) -> None:
    others = Deposit.objects.filter(gateway=deposit.gateway, payment_id=payment_id)
    if others.exclude(pk=deposit.pk).exists():
        raise PaymentMismatch(f"payment {payment_id} belongs to another deposit than {deposit}")


def _credit(deposit: Deposit, *, payment_id: str, amount_micros: int, at: datetime) -> None:
    deposit.state = State.PAID
    deposit.payment_id = payment_id
    deposit.amount_micros = amount_micros
    deposit.credited_at = at
    deposit.save(update_fields=["state", "payment_id", "amount_micros", "credited_at"])
    ledger.deposit(
        customer_id=deposit.customer_id,
        gateway=deposit.gateway,
        amount_micros=amount_micros,
        reference=deposit.reference,
        at=at,
    )


def _send_receipt(deposit: Deposit, *, at: datetime) -> None:
    mail.enqueue(
        key=f"{deposit.reference}:receipt",
        recipient=deposit.customer.email,
        template="deposit_receipt",
        context={
            "deposit": deposit,
            "amount": display(deposit.amount_micros),
            "method": registry.label_of(deposit.gateway),
            "url": settings.SITE_URL.rstrip("/") + deposit.get_absolute_url(),
        },
        at=at,
    )


def _close(deposit_id: int, state: Deposit.State) -> Deposit:
    with transaction.atomic():
        deposit = _locked(deposit_id)
        if deposit.is_waiting:
            deposit.state = state
            deposit.save(update_fields=["state"])
    return deposit
