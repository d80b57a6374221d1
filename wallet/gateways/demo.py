"""The demonstration's gateway: its hosted page is one of ours, and no money moves anywhere."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wallet.addresses import path_of
from wallet.gateways.base import Limits, Payment, Refund, RefundState
from wallet.models import Deposit
from wallet.money import MICROS_PER_UNIT


class DemoGateway:
    code = "demo"
    label = _("Demo payment")
    limits = Limits(minimum_micros=MICROS_PER_UNIT, maximum_micros=5000 * MICROS_PER_UNIT)

    def is_on(self) -> bool:
        return bool(settings.DEMO)

    def start(self, *, deposit: Deposit, return_url: str) -> str:
        query = urlencode({"return_to": path_of(return_url)})
        return f"{reverse('wallet:demo_pay', args=[deposit.pk])}?{query}"

    def payment_id(self, deposit: Deposit) -> str:
        """The number of the one payment that a deposit can have here."""
        return f"demo_{deposit.pk}"

    def look_up(self, deposit: Deposit) -> Payment | None:
        return None  # nothing is outstanding: the page tells at once

    def refund(self, *, deposit: Deposit, reference: str, amount_micros: int) -> Refund:
        return Refund(f"demo_{reference}", RefundState.SUCCEEDED, amount_micros)

    def find_refund(self, *, deposit: Deposit, reference: str) -> Refund | None:
        return None
