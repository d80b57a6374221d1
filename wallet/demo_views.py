"""The page of the demonstration's gateway. It answers only while DEMO is on: what it does to a
deposit is what a real gateway's notification does, minus the money."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.http import CustomerRequest, customer_page
from wallet import crediting
from wallet.addresses import own_path
from wallet.currencies import MICROS_PER_CENT
from wallet.gateways.base import Payment, PaymentState
from wallet.gateways.registry import DEMO
from wallet.models import Deposit
from wallet.views import own_deposit

_OUTCOMES = {"pay": PaymentState.SUCCEEDED, "decline": PaymentState.FAILED}


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def demo_pay(request: CustomerRequest, deposit_id: int) -> HttpResponseBase:
    deposit = own_deposit(request, deposit_id)
    if not settings.DEMO or deposit.gateway != DEMO.code:
        raise Http404
    back = own_path(request.GET.get("return_to", "")) or deposit.get_absolute_url()
    if request.method == "POST":
        _settle(deposit, outcome=request.POST.get("outcome", ""))
        return redirect(back)
    if not deposit.is_waiting:
        return redirect(back)
    return render(request, "wallet/demo_pay.html", {"deposit": deposit})


def _settle(deposit: Deposit, *, outcome: str) -> None:
    state = _OUTCOMES.get(outcome, PaymentState.EXPIRED)
    is_paid = state is PaymentState.SUCCEEDED
    payment = Payment(
        payment_id=DEMO.payment_id(deposit) if is_paid else "",
        state=state,
        received_coins=deposit.asked_micros // MICROS_PER_CENT,
        deposit_id=deposit.pk,
    )
    crediting.apply(payment, gateway=DEMO.code, at=timezone.now())
