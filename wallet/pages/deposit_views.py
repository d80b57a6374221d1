"""A top-up from the form to the receipt, for its owner alone (S-01)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.http import CustomerRequest, client_ip, customer_page
from accounts.paths import own_path
from legal import acceptance
from legal.models import Acceptance, Publication
from wallet import tasks
from wallet.attachments import attachment, proof_file
from wallet.automatic import cards
from wallet.decisions import bank_payments
from wallet.gateways.manual.gateway import CODE as MANUAL
from wallet.gateways.manual.reference import reference_of
from wallet.models import Deposit, Proof, Receipt
from wallet.pages.forms import BankPaymentForm, TopUpForm
from wallet.pages.top_up_page import as_asked, as_sent, versions_for
from wallet.topups import deposits, receipts


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def top_up(request: CustomerRequest) -> HttpResponseBase:
    if request.method == "POST":
        return _begin(request)
    template = "wallet/_top_up_amount.html" if request.htmx else "wallet/top_up.html"
    context = as_asked(request) | {"return_to": _return_to(request.GET)}
    return render(request, template, context)


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
        "receipt": receipts.facts_of(deposit),
        "is_bank_payment": deposit.gateway == MANUAL,
        "return_to": _return_to(request.GET),
    }
    return render(request, "wallet/deposit_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def deposit_cancel(request: CustomerRequest, deposit_id: int) -> HttpResponseBase:
    deposit = own_deposit(request, deposit_id)
    if deposit.state != Deposit.State.OPEN:
        return redirect(deposit)
    if request.method != "POST":
        return render(request, "wallet/deposit_cancel.html", {"deposit": deposit})
    try:
        deposits.cancel(deposit_id=deposit.pk)
    except deposits.DepositRefused as refusal:
        messages.error(request, refusal.message)
    return redirect(deposit)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def bank_payment(request: CustomerRequest, deposit_id: int) -> HttpResponseBase:
    """The account to pay to, and where the customer says that he has paid."""
    deposit = own_deposit(request, deposit_id)
    if deposit.gateway != MANUAL or not deposit.is_waiting:
        return redirect(deposit)
    proof = Proof.objects.filter(deposit=deposit).defer("content").first()
    if request.method != "POST":
        known = {"bank_reference": proof.bank_reference} if proof else {}
        return _show_bank_payment(request, deposit, BankPaymentForm(initial=known), proof)
    form = BankPaymentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_bank_payment(request, deposit, form, proof, status=422)
    bank_payments.tell_of_payment(
        deposit_id=deposit.pk,
        bank_reference=form.cleaned_data["bank_reference"],
        file=form.cleaned_data["proof"],
        at=timezone.now(),
    )
    messages.success(request, _("Thank you. We write to you as soon as we have seen your payment."))
    return redirect(deposit)


@require_safe
@customer_page
def bank_proof(request: CustomerRequest, deposit_id: int) -> HttpResponseBase:
    return proof_file(get_object_or_404(Proof, deposit=own_deposit(request, deposit_id)))


@require_safe
@customer_page
def receipt_pdf(request: CustomerRequest, deposit_id: int) -> HttpResponseBase:
    """The receipt as a file; one that is not made yet is asked for, and the page says so."""
    deposit = own_deposit(request, deposit_id)
    if deposit.state != Deposit.State.PAID:
        raise Http404
    receipt = Receipt.objects.filter(deposit=deposit).first()
    if receipt is None:
        tasks.nudge_receipt(deposit_id=deposit.pk)
        messages.info(request, _("The PDF is being made. Try again in a moment."))
        return redirect(deposit)
    return attachment(
        receipt.pdf, content_type="application/pdf", name=f"{deposit.receipt_number}.pdf"
    )


def own_deposit(request: CustomerRequest, deposit_id: int) -> Deposit:
    """The customer's own deposit; anybody else's is not found, as if it did not exist (S-01)."""
    mine = Deposit.objects.visible_to(request.user.pk).select_related("publication", "customer")
    return get_object_or_404(mine, pk=deposit_id)


def _begin(request: CustomerRequest) -> HttpResponseBase:
    form = TopUpForm(request.POST, versions=versions_for(request.user))
    page = as_sent(request, form) | {"return_to": _return_to(request.POST)}
    if form.asks_for_sum and not form.errors:
        return render(request, "wallet/top_up.html", page)
    if form.errors:
        return render(request, "wallet/top_up.html", page, status=422)
    try:
        deposit = _open(request, form)
    except deposits.DepositRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return render(request, "wallet/top_up.html", page, status=422)
    return _go_and_pay(request, deposit)


def _open(request: CustomerRequest, form: TopUpForm) -> Deposit:
    at = timezone.now()
    with transaction.atomic():
        deposit = deposits.open_deposit(
            customer_id=request.user.pk,
            gateway=form.cleaned_data["gateway"],
            amount_micros=form.cleaned_data["amount_micros"],
            code=form.cleaned_data["code"],
            shown_bonus_micros=form.shown_bonus_micros,
            ip=client_ip(request),
            at=at,
        )
        if form.versions:
            _accept(request, deposit.publication)
        if form.cleaned_data.get("keep_card"):
            cards.give_consent(deposit=deposit, ip=client_ip(request), at=at)
    return deposit


def _accept(request: CustomerRequest, publication: Publication) -> None:
    acceptance.record(
        user=request.user,
        point=Acceptance.Point.PAYMENT,
        channel=Acceptance.Channel.WEB,
        at=timezone.now(),
        ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", ""),
        publication=publication,
    )


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


def _show_bank_payment(
    request: CustomerRequest,
    deposit: Deposit,
    form: BankPaymentForm,
    proof: Proof | None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "deposit": deposit,
        "reference": reference_of(deposit.pk),
        "details": settings.MANUAL_DETAILS.strip(),
        "days": settings.MANUAL_DAYS,
        "proof": proof,
        "form": form,
    }
    return render(request, "wallet/bank_payment.html", context, status=status)


def _return_to(query: QueryDict) -> str:
    return own_path(query.get("return_to", "")) or ""


def _with_return_to(path: str, return_to: str) -> str:
    return f"{path}?{urlencode({'return_to': return_to})}" if return_to else path
