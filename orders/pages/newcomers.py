"""The first three steps of a customer: shown until the first order is placed."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from accounts.models import User
from orders.models import Order
from wallet.balances import spendable_micros


@dataclass(frozen=True, slots=True)
class Steps:
    has_confirmed: bool
    has_funds: bool


def first_steps(*, customer: User) -> Steps | None:
    """None for somebody who has ordered before: he has found his way."""
    if Order.objects.visible_to(customer.pk).exists():
        return None
    return Steps(
        has_confirmed=EmailAddress.objects.filter(user=customer, verified=True).exists(),
        has_funds=spendable_micros(customer_id=customer.pk) > 0,
    )
