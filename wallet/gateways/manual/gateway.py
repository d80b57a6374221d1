"""Bank transfers: the customer pays from his bank, and a person of the staff sees the money come.

No machine tells of these payments, so that the page of the customer shows where to pay, and
`wallet.decisions.bank_payments` is where people say that it was paid.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wallet.currencies import MICROS_PER_CENT
from wallet.gateways.base import Limits, Payment, PaymentState, Refund, RefundState
from wallet.models import Deposit
from wallet.money import parse_amount

CODE = "manual"
_STATES = {
    Deposit.State.OPEN: PaymentState.OPEN,
    Deposit.State.PROCESSING: PaymentState.PROCESSING,
    Deposit.State.PAID: PaymentState.SUCCEEDED,
    Deposit.State.QUARANTINED: PaymentState.PROCESSING,
    Deposit.State.FAILED: PaymentState.FAILED,
    Deposit.State.EXPIRED: PaymentState.EXPIRED,
}


class ManualGateway:
    code = CODE
    label = _("Bank transfer")

    @property
    def limits(self) -> Limits:
        return Limits(
            minimum_micros=parse_amount(settings.MANUAL_MINIMUM),
            maximum_micros=parse_amount(settings.MANUAL_MAXIMUM),
        )

    def is_on(self) -> bool:
        return bool(settings.MANUAL_DETAILS.strip())

    def start(self, *, deposit: Deposit, return_url: str) -> str:
        """Our own page with the account to pay to; it leads back to the top-up by itself."""
        return reverse("wallet:bank_payment", args=[deposit.pk])

    def close(self, *, deposit: Deposit) -> None:
        """There is no page elsewhere to close."""

    def look_up(self, deposit: Deposit) -> Payment | None:
        """What people have said: there is nobody else to ask."""
        state = _STATES[Deposit.State(deposit.state)]
        if state is PaymentState.OPEN:
            return None
        is_paid = state is PaymentState.SUCCEEDED
        return Payment(
            payment_id=deposit.payment_id or "",
            state=state,
            received_coins=deposit.amount_micros // MICROS_PER_CENT if is_paid else 0,
            deposit_id=deposit.pk,
            fee_micros=deposit.fee_micros,
            method_label=deposit.method_label,
            trouble=deposit.trouble,
        )

    def refund(self, *, deposit: Deposit, reference: str, amount_micros: int) -> Refund:
        """A person transfers the money back, and says so."""
        return Refund(
            refund_id="",
            state=RefundState.BY_HAND,
            amount_micros=amount_micros,
            payment_id=deposit.payment_id or "",
            reference=reference,
        )

    def find_refund(self, *, deposit: Deposit, reference: str) -> Refund | None:
        return None  # what people have done stands in our own books alone
