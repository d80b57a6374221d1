"""Top-ups as the tests of the wallet begin them."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from tests.factories import MICROS
from wallet.currencies import MICROS_PER_CENT
from wallet.gateways.base import Payment, PaymentState
from wallet.models import Deposit
from wallet.topups import crediting, deposits

GATEWAY = "stripe"


def opened(customer: User, amount_micros: int = 25 * MICROS) -> Deposit:
    return deposits.open_deposit(
        customer_id=customer.pk, gateway=GATEWAY, amount_micros=amount_micros, at=timezone.now()
    )


def paid(customer: User, amount_micros: int = 25 * MICROS) -> Deposit:
    return pay(opened(customer, amount_micros))


def pay(deposit: Deposit, *, payment_id: str = "", amount_micros: int = 0) -> Deposit:
    """What a gateway's notification does, with the amount asked for unless another is given."""
    return tell(
        deposit,
        PaymentState.SUCCEEDED,
        payment_id=payment_id or f"pay_{deposit.pk}",
        received_coins=(amount_micros or deposit.asked_micros) // MICROS_PER_CENT,
    )


def tell(
    deposit: Deposit, state: PaymentState, *, payment_id: str = "", **members: object
) -> Deposit:
    """The gateway says how a payment of this top-up stands; returns the top-up as it then is."""
    payment = Payment(payment_id=payment_id, state=state, deposit_id=deposit.pk, **members)  # type: ignore[arg-type]
    crediting.apply(payment, gateway=deposit.gateway, at=timezone.now())
    return Deposit.objects.get(pk=deposit.pk)
