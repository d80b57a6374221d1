"""The form for money back: filled in, shown once more with what will happen, then asked for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import CustomerRequest, customer_page, posted
from legal.terms import account_policy
from tickets import drafts, refund_requests
from tickets.refund_forms import RefundForm
from wallet.payouts import payable, requesting
from wallet.payouts.requesting import NotForThisAccount, Part
from wallet.payouts.withdrawals import WithdrawalRefused


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def refund_request(request: CustomerRequest) -> HttpResponseBase:
    now, customer = timezone.now(), request.user
    try:
        requesting.check_account(customer=customer, at=now)
    except NotForThisAccount as refusal:
        return _show(request, None, {"refused": refusal.message}, status=403)
    form = RefundForm(
        posted(request),
        payables=payable.read_payable(customer_id=customer.pk, at=now),
        note=drafts.read(request).get("text", ""),
    )
    if request.method != "POST":
        return _show_form(request, form)
    return _take(request, form)


def _take(request: CustomerRequest, form: RefundForm) -> HttpResponseBase:
    step = request.POST.get("step")
    pressed = request.POST.get("key", "")
    known = refund_requests.asked_before(customer=request.user, idempotency_key=pressed)
    if known is not None:
        return redirect(known)
    if not form.is_valid():
        return _show_form(request, form, status=422)
    if step == "back":
        return _show_form(request, form)
    try:
        return _ask(request, form) if step == "do" else _review(request, form)
    except WithdrawalRefused as refusal:
        number = refusal.deposit_id
        name = form.name_of(number) if number is not None else ""
        form.add_error(name if name in form.fields else None, refusal.message)
        return _show_form(request, form, status=422)


def _review(request: CustomerRequest, form: RefundForm) -> HttpResponse:
    """Says what will happen to the money. The sums of this page are what its yes asks for."""
    customer, now = request.user, timezone.now()
    parts = requesting.preview(customer=customer, amounts=form.cleaned_data["amounts"], at=now)
    context = {
        "form": form,
        "parts": parts,
        "sums": [(form.name_of(part.one.deposit.pk), part.amount_micros) for part in parts],
        "total_micros": sum(part.amount_micros for part in parts),
        "arrives_micros": sum(part.arrives_micros for part in parts),
        "bonus_micros": sum(part.one.bonus_micros for part in parts),
        "waits_for_fee": any(_waits(part) for part in parts),
        "policy": account_policy(user_id=customer.pk, at=now),
    }
    return render(request, "tickets/refund_review.html", context)


def _waits(part: Part) -> bool:
    return part.deductions.fee_micros is None


def _ask(request: CustomerRequest, form: RefundForm) -> HttpResponseBase:
    ticket = refund_requests.ask(
        customer=request.user,
        amounts=form.cleaned_data["amounts"],
        note=form.cleaned_data["note"],
        idempotency_key=form.cleaned_data["key"],
        at=timezone.now(),
    )
    messages.success(request, _("We have your request. The money is on hold until it is reviewed."))
    return redirect(ticket)


def _show_form(request: CustomerRequest, form: RefundForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context: dict[str, object] = {
        "refusal": payable.refusal(customer=request.user, at=now),
        "policy": account_policy(user_id=request.user.pk, at=now),
    }
    return _show(request, form, context, status=status)


def _show(
    request: CustomerRequest,
    form: RefundForm | None,
    context: dict[str, object],
    status: int = 200,
) -> HttpResponse:
    context |= {"form": form, "subject": refund_requests.SUBJECT}
    return render(request, "tickets/refund_request.html", context, status=status)
