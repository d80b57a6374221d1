"""Top-ups as the tests of the wallet begin them."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from tests.factories import MICROS
from wallet import deposits
from wallet.models import Deposit


def opened(customer: User, amount_micros: int = 25 * MICROS) -> Deposit:
    return deposits.open_deposit(
        customer_id=customer.pk, gateway="demo", amount_micros=amount_micros, at=timezone.now()
    )


def paid(customer: User, amount_micros: int = 25 * MICROS) -> Deposit:
    return pay(opened(customer, amount_micros))


def pay(deposit: Deposit, *, payment_id: str = "", amount_micros: int = 0) -> Deposit:
    """What a gateway's notification does, with the amount asked for unless another is given."""
    return deposits.apply_payment(
        deposit_id=deposit.pk,
        payment_id=payment_id or f"pay_{deposit.pk}",
        amount_micros=amount_micros or deposit.asked_micros,
        at=timezone.now(),
    )
