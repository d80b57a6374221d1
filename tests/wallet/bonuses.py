"""Promotions as the tests of the wallet make and use them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import User
from tests.factories import MICROS
from tests.wallet.payments import GATEWAY
from wallet.models import Deposit, Promotion
from wallet.topups import deposits

FIVE_PERCENT = 500


def promotion(**fields: Any) -> Promotion:
    """Five percent for everybody who types TEST, once each, unless the fields say otherwise."""
    figures = {} if "amount_micros" in fields else {"percent_hundredths": FIVE_PERCENT}
    defaults = {"name": "Spring bonus", "code": "TEST", **figures}
    return Promotion.objects.create(**defaults | fields)


def with_code(
    customer: User, amount_micros: int = 20 * MICROS, *, code: str = "TEST", **wanted: Any
) -> Deposit:
    return deposits.open_deposit(
        customer_id=customer.pk,
        gateway=GATEWAY,
        amount_micros=amount_micros,
        at=timezone.now(),
        code=code,
        **wanted,
    )
