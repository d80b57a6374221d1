"""What a customer can have paid back, and what became of what he asked for.

Asking itself is a form of `tickets`, because a request is a conversation (WDR-10).
"""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import CustomerRequest, customer_page
from legal.terms import account_policy
from wallet.models import Withdrawal
from wallet.payouts import payable, requesting, withdrawals

LATEST = 20


@require_safe
@customer_page
def payback(request: CustomerRequest) -> HttpResponseBase:
    now, customer = timezone.now(), request.user
    try:
        requesting.check_account(customer=customer, at=now)
    except requesting.NotForThisAccount as refusal:
        # Money that is on its way under earlier terms is still shown.
        return _show(request, {"refused": refusal.message}, status=403)
    payables = payable.read_payable(customer_id=customer.pk, at=now)
    context: dict[str, object] = {
        "payables": payables,
        "total_micros": sum(one.payable_micros for one in payables),
        "refusal": payable.refusal(customer=customer, at=now),
        "policy": account_policy(user_id=customer.pk, at=now),
    }
    return _show(request, context)


@require_POST
@customer_page
def withdrawal_cancel(request: CustomerRequest, withdrawal_id: int) -> HttpResponseBase:
    """The customer takes a request back while nobody has decided it."""
    mine = Withdrawal.objects.visible_to(request.user.pk)
    withdrawal = get_object_or_404(mine, pk=withdrawal_id)
    try:
        withdrawals.take_back(withdrawal_id=withdrawal.pk, at=timezone.now())
    except withdrawals.WithdrawalRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The request is taken back; the money is in your balance."))
    return redirect("wallet:payback")


def _show(
    request: CustomerRequest, context: dict[str, object], status: int = 200
) -> HttpResponseBase:
    mine = Withdrawal.objects.visible_to(request.user.pk).prefetch_related("payouts__deposit")
    context["latest"] = mine.order_by("-pk")[:LATEST]
    return render(request, "wallet/payback.html", context, status=status)
