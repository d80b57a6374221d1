from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from accounts.http import CustomerRequest, customer_page
from wallet import converting, statement
from wallet.balances import balances_of
from wallet.expiring import next_to_expire
from wallet.models import Deposit, DisplayRate
from wallet.on_hold import waiting_for
from wallet.pages.statement_page import csv_file, read_form
from wallet.pages.top_up_page import as_asked
from wallet.payouts import payable
from wallet.pots import pots_of
from wallet.statement import Show

# A payment page that was left is not worth a reminder for longer.
REMINDED_FOR = timedelta(days=1)
REMINDERS = 3


@require_safe
@customer_page
def wallet(request: CustomerRequest) -> HttpResponseBase:
    customer_id = request.user.pk
    form = read_form(request.GET)
    if request.GET.get("format") == "csv":
        return csv_file(customer_id=customer_id, wanted=form.wanted)
    waiting = Deposit.objects.visible_to(customer_id).waiting()
    balances = balances_of(customer_id=customer_id)
    context = as_asked(request) | {
        "balances": balances,
        "near": converting.near(customer_id=customer_id, amount_micros=balances.spendable_micros),
        "has_currencies": DisplayRate.objects.exists(),
        "escrow_micros": import_string(settings.WALLET_ESCROW_OF)(customer_id=customer_id),
        "offers_payback": payable.is_offered(customer_id=customer_id, at=timezone.now()),
        "debt_micros": pots_of(customer_id=customer_id).debt,
        "held": waiting_for(customer_id=customer_id),
        "expiring": next_to_expire(customer_id=customer_id, at=timezone.now()),
        "waiting": waiting.filter(created_at__gt=timezone.now() - REMINDED_FOR)[:REMINDERS],
        "page": statement.read_page(
            customer_id=customer_id, wanted=form.wanted, below=request.GET.get("below", "")
        ),
        "statement_form": form,
        "show": form.wanted.show,
        "tabs": Show,
    }
    return render(request, "wallet/wallet.html", context)
