"""The list of payments that were credited to nobody, as the gateway's news change it.

What goes on the list waits for people (`wallet.decisions.unmatched`). Of what stands there it is
remembered when its money goes back to the payer, or its bank questions it: nobody can credit it any
more. Source: docs/payments.md, "Cases"."""

from __future__ import annotations

from datetime import datetime

from accounts import cases
from accounts.models import Case
from wallet.currencies import in_words
from wallet.gateways.base import GatewayUnavailable, Payment
from wallet.models import Deposit, UnmatchedPayment


def set_aside(
    payment: Payment,
    deposit: Deposit | None = None,
    *,
    gateway: str,
    reason: UnmatchedPayment.Reason,
    at: datetime,
) -> None:
    """Puts money that is credited to nobody on the list, with a case; a repeat changes nothing."""
    _row, is_new = UnmatchedPayment.objects.get_or_create(
        gateway=gateway,
        payment_id=payment.payment_id,
        defaults={
            "amount_coins": payment.received_coins,
            "currency": payment.currency,
            "reason": reason,
            "deposit": deposit,
            "seen_at": at,
        },
    )
    if is_new:
        amount = in_words(payment.received_coins, payment.currency)
        whose = f", top-up {deposit.pk}" if deposit else ""
        cases.raise_case(
            kind=Case.Kind.PAYMENT_UNMATCHED,
            key=f"{gateway}:{payment.payment_id}",
            detail=f"{amount} came and was credited to nobody{whose}: {reason.label}",
            at=at,
        )


def note_reversal(*, gateway: str, payment_id: str, at: datetime) -> None:
    """A payment that no top-up has was paid back, disputed or warned of: noted if it is listed.

    The caller has begun the transaction and found no top-up. Raises GatewayUnavailable if staff
    have credited it in the meantime: the news are about a top-up now, so tell them again.
    """
    listed = UnmatchedPayment.objects.filter(gateway=gateway, payment_id=payment_id)
    row = listed.select_for_update().first()
    if row is None:
        return
    credited = Deposit.objects.filter(gateway=gateway, payment_id=payment_id)
    if credited.filter(state=Deposit.State.PAID).exists():
        raise GatewayUnavailable(f"{row} has just been credited")
    if row.reversed_at is None:
        row.reversed_at = at
        row.save(update_fields=["reversed_at"])
