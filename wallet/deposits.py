"""How a top-up begins: asked for under the terms in force, then led to the gateway's page.

What came of the payment is `wallet.crediting`'s. Rules: docs/payments.md; rows WAL-01, LEG-07.
"""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.utils.translation import gettext as _

from accounts import switches
from accounts.models import KillSwitch
from legal.models import Publication
from wallet.gateways import registry
from wallet.models import Deposit


class DepositRefused(Exception):
    """A top-up that cannot begin. `message` tells the customer why; nothing was stored."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """`field` names the input to stand beside: "amount", "gateway" or none of them."""
        super().__init__(message)
        self.message = message
        self.field = field


def open_deposit(
    *, customer_id: int, gateway: str, amount_micros: int, at: datetime, ip: str | None = None
) -> Deposit:
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
        ip=ip,
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
