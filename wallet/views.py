from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts import switches
from accounts.http import CustomerRequest, customer_page
from accounts.models import KillSwitch
from wallet import deposits, statement
from wallet.addresses import own_path
from wallet.balances import balances_of
from wallet.forms import USUAL_PRESET, TopUpForm
from wallet.gateways import registry
from wallet.models import Deposit
from wallet.statement import Show
from wallet.statement_page import csv_file, read_form

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
    context = _top_up_as_asked(request) | {
        "balances": balances_of(customer_id=customer_id),
        "escrow_micros": import_string(settings.WALLET_ESCROW_OF)(customer_id=customer_id),
        "waiting": waiting.filter(created_at__gt=timezone.now() - REMINDED_FOR)[:REMINDERS],
        "page": statement.read_page(
            customer_id=customer_id, wanted=form.wanted, below=request.GET.get("below", "")
        ),
        "statement_form": form,
        "show": form.wanted.show,
        "tabs": Show,
    }
    return render(request, "wallet/wallet.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def top_up(request: CustomerRequest) -> HttpResponseBase:
    if request.method == "POST":
        return _begin(request)
    template = "wallet/_top_up_amount.html" if request.htmx else "wallet/top_up.html"
    return render(request, template, _top_up_as_asked(request))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def deposit_detail(request: CustomerRequest, deposit_id: int) -> HttpResponseBase:
    deposit = own_deposit(request, deposit_id)
    if request.method == "POST":
        return _go_and_pay(request, deposit)
    if request.htmx:
        return _news(request, deposit)
    context = {
        "deposit": deposit,
        "method": registry.label_of(deposit.gateway),
        "return_to": _return_to(request.GET),
    }
    return render(request, "wallet/deposit_detail.html", context)


def own_deposit(request: CustomerRequest, deposit_id: int) -> Deposit:
    """The customer's own deposit; anybody else's is not found, as if it did not exist (S-01)."""
    mine = Deposit.objects.visible_to(request.user.pk).select_related("publication")
    return get_object_or_404(mine, pk=deposit_id)


def _begin(request: CustomerRequest) -> HttpResponseBase:
    form = TopUpForm(request.POST)
    if not form.is_valid():
        return _refuse_top_up(request, form)
    try:
        deposit = deposits.open_deposit(
            customer_id=request.user.pk,
            gateway=form.cleaned_data["gateway"],
            amount_micros=form.cleaned_data["amount_micros"],
            at=timezone.now(),
        )
    except deposits.DepositRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _refuse_top_up(request, form)
    return _go_and_pay(request, deposit)


def _go_and_pay(request: CustomerRequest, deposit: Deposit) -> HttpResponseBase:
    """To the gateway's page, from where the customer comes back to the deposit."""
    back = _with_return_to(deposit.get_absolute_url(), _return_to(request.POST))
    if not deposit.is_waiting:
        return redirect(back)
    try:
        address = deposits.start_payment(
            deposit=deposit, return_url=settings.SITE_URL.rstrip("/") + back
        )
    except deposits.DepositRefused as refusal:
        messages.error(request, refusal.message)
        return redirect(back)
    return redirect(address)


def _news(request: CustomerRequest, deposit: Deposit) -> HttpResponse:
    """For the poll of an open page: nothing, or to load it anew, with the balance in its head."""
    if request.GET.get("shown") == deposit.state:
        return HttpResponse(status=204)
    return HttpResponseClientRefresh()


def _top_up_as_asked(request: CustomerRequest) -> dict[str, object]:
    """The form as the address fills it; nothing in it is refused before it is sent."""
    asked = {name: request.GET[name] for name in ("preset", "amount") if name in request.GET}
    asked = asked or {"preset": USUAL_PRESET}
    return _top_up(request, TopUpForm(initial=asked), preview=TopUpForm(asked))


def _refuse_top_up(request: CustomerRequest, form: TopUpForm) -> HttpResponse:
    context = _top_up(request, form, preview=form)
    return render(request, "wallet/top_up.html", context, status=422)


def _top_up(request: CustomerRequest, form: TopUpForm, *, preview: TopUpForm) -> dict[str, object]:
    """What the form shows; `sum` says what would be paid and had, or what is wrong with it."""
    return {
        "form": form,
        "sum": _sum(request, preview),
        "switched_off": switches.reason_off(KillSwitch.Part.TOP_UPS),
        "return_to": _return_to(request.POST) or _return_to(request.GET),
    }


def _sum(request: CustomerRequest, form: TopUpForm) -> dict[str, object]:
    if not form.is_valid():
        return {"problem": next(iter(form.errors.values()))[0]}
    pay_micros: int = form.cleaned_data["amount_micros"]
    now_micros = balances_of(customer_id=request.user.pk).spendable_micros
    return {"pay_micros": pay_micros, "after_micros": now_micros + pay_micros}


def _return_to(query: QueryDict) -> str:
    return own_path(query.get("return_to", "")) or ""


def _with_return_to(path: str, return_to: str) -> str:
    return f"{path}?{urlencode({'return_to': return_to})}" if return_to else path
