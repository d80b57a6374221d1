"""How a top-up begins: asked for under the terms in force, then led to the gateway's page.

What came of the payment is `wallet.topups.crediting`'s. Rules: docs/top-ups.md; rows WAL-01,
WAL-05, LEG-07, BON-02."""

from __future__ import annotations

import logging
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import switches
from accounts.models import KillSwitch
from legal.models import Publication
from wallet import ledger
from wallet.gateways import registry
from wallet.gateways.base import GatewayRefused, GatewayUnavailable
from wallet.models import Deposit
from wallet.money import display
from wallet.topups import caps, card_testing, promotions

logger = logging.getLogger(__name__)

State = Deposit.State


class DepositRefused(Exception):
    """A top-up that cannot begin. `message` tells the customer why; nothing was stored."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """`field` names the input to stand beside: "amount", "gateway", "code" or none of them."""
        super().__init__(message)
        self.message = message
        self.field = field


def open_deposit(
    *,
    customer_id: int,
    gateway: str,
    amount_micros: int,
    at: datetime,
    ip: str | None = None,
    code: str = "",
    shown_bonus_micros: int | None = None,
) -> Deposit:
    """Records what the customer wants to pay in, under the terms in force (LEG-03, LEG-07), and
    keeps the bonus that comes with it (BON-02).

    No money moves. Raises DepositRefused: top-ups or the gateway are off, the amount is outside the
    gateway's limits or the customer's limit of a day, too many payments were declined lately, the
    code gives nothing, the bonus is another one than the customer was shown, or there is no
    verified e-mail (ACC-03).
    """
    _check_switch()
    _check_gateway(gateway, amount_micros)
    if not EmailAddress.objects.filter(user_id=customer_id, verified=True).exists():
        raise DepositRefused(_("Confirm your e-mail address first; we have sent you a link."))
    terms = Publication.objects.in_force(at=at).first()
    if terms is None:
        raise DepositRefused(_("Top-ups are not open yet: there are no terms in force."))
    with transaction.atomic():
        ledger.lock(customer_id)
        if refusal := card_testing.refusal(customer_id=customer_id, ip=ip, at=at):
            raise DepositRefused(refusal)
        if refusal := caps.refusal(customer_id=customer_id, amount_micros=amount_micros, at=at):
            raise DepositRefused(refusal, field="amount")
        deposit = Deposit.objects.create(
            customer_id=customer_id,
            publication=terms,
            gateway=gateway,
            asked_micros=amount_micros,
            amount_micros=amount_micros,
            ip=ip,
            created_at=at,
        )
        _keep_bonus(deposit, code=code, shown_micros=shown_bonus_micros, at=at)
    return deposit


def _keep_bonus(deposit: Deposit, *, code: str, shown_micros: int | None, at: datetime) -> None:
    try:
        offer = promotions.reserve(deposit=deposit, code=code, at=at)
    except promotions.CodeRefused as refusal:
        raise DepositRefused(refusal.message, field="code") from None
    bonus_micros = offer.bonus_micros if offer else 0
    if shown_micros is not None and shown_micros != bonus_micros:
        raise DepositRefused(
            _("The bonus for this top-up is %(bonus)s. Look at the sum, then continue.")
            % {"bonus": display(bonus_micros)}
        )


def cancel(*, deposit_id: int) -> Deposit:
    """The customer gives up a top-up that he has not paid (WAL-05); its bonus is free again.

    One that is paid, or on its way, stays what it is. Raises DepositRefused when the gateway does
    not let go of it: it may just have been paid. Uses the network: not to be called inside a
    transaction.
    """
    deposit = Deposit.objects.get(pk=deposit_id)
    if deposit.state == State.OPEN:
        _close_at_gateway(deposit)
    with transaction.atomic():
        deposit = Deposit.objects.select_for_update().get(pk=deposit_id)
        if deposit.state == State.OPEN:
            deposit.state = State.EXPIRED
            deposit.trouble = _("You cancelled it.")
            deposit.save(update_fields=["state", "trouble"])
            promotions.release(deposit=deposit)
    return deposit


def _close_at_gateway(deposit: Deposit) -> None:
    try:
        registry.gateway_of(deposit.gateway).close(deposit=deposit)
    except (GatewayRefused, GatewayUnavailable) as error:
        logger.warning("%s could not be closed: %s", deposit, error)
        raise DepositRefused(
            _("It could not be cancelled: perhaps it has just been paid. Look again in a minute.")
        ) from error


def start_payment(*, deposit: Deposit, return_url: str) -> str:
    """The gateway's page for a deposit that waits for payment.

    Raises DepositRefused: top-ups or the gateway were switched off since the deposit was opened, it
    has ended since, or the gateway does not lead to a page now. May use the network: not to be
    called inside a transaction.
    """
    _check_switch()
    if not Deposit.objects.filter(pk=deposit.pk, state__in=Deposit.WAITING).exists():
        raise DepositRefused(_("This top-up does not wait for a payment any more."))
    try:
        gateway = registry.offered_gateway(deposit.gateway)
    except registry.UnknownGateway:
        raise _gateway_is_off() from None
    try:
        return gateway.start(deposit=deposit, return_url=return_url)
    except GatewayUnavailable as error:
        logger.warning("%s was not started: %s", deposit, error)
        raise DepositRefused(
            _(
                "The payment page does not answer. Nothing was charged:"
                " try again in a minute, or begin a new top-up."
            )
        ) from None
    except GatewayRefused as error:
        logger.warning("%s was refused by its gateway: %s", deposit, error)
        raise DepositRefused(
            _("This payment cannot go on. Nothing was charged: begin a new top-up.")
        ) from None


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
