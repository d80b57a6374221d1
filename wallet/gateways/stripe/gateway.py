"""Stripe as one of the gateways that customers can choose."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from wallet.gateways.base import Limits, Payment, Refund
from wallet.gateways.stripe import checkout, client, payments, refunds
from wallet.models import Deposit
from wallet.money import MICROS_PER_UNIT


class StripeGateway:
    code = client.CODE
    label = _("Card or bank account")
    # Stripe itself takes 50 cents or more; below a dollar its fee would eat the payment.
    limits = Limits(minimum_micros=MICROS_PER_UNIT, maximum_micros=5000 * MICROS_PER_UNIT)

    def is_on(self) -> bool:
        return bool(settings.STRIPE_SECRET_KEY)

    def start(self, *, deposit: Deposit, return_url: str) -> str:
        return checkout.start(deposit=deposit, return_url=return_url)

    def close(self, *, deposit: Deposit) -> None:
        if deposit.checkout_id:
            checkout.close(deposit=deposit)

    def look_up(self, deposit: Deposit) -> Payment | None:
        return payments.look_up(deposit)

    def refund(self, *, deposit: Deposit, reference: str, amount_micros: int) -> Refund:
        return refunds.refund(deposit=deposit, reference=reference, amount_micros=amount_micros)

    def find_refund(self, *, deposit: Deposit, reference: str) -> Refund | None:
        return refunds.find_refund(deposit=deposit, reference=reference)
