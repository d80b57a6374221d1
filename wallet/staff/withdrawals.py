"""Requests for money back: the queue with its clock, the evidence, yes and no, and the payouts."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.confirming import with_password
from accounts.http import StaffRequest, client_ip, staff_page
from wallet.decisions import deciding as decisions
from wallet.decisions.deciding import DecisionRefused
from wallet.models import Decision, Payout, Withdrawal
from wallet.models.withdrawals import WithdrawalQuerySet
from wallet.payouts import by_hand, payable
from wallet.payouts import withdrawals as acts
from wallet.payouts.withdrawals import WithdrawalRefused
from wallet.pots import pots_of
from wallet.staff.pages import read_page
from wallet.staff.payments import SEEING
from wallet.staff.withdrawal_forms import BankForm, DeclineForm, OtherWayForm, ReturnForm

DECIDING = "wallet.approve_withdrawal"
LONGEST_QUEUE = 100
MOVING = (Payout.State.APPROVED, Payout.State.SENDING, Payout.State.SENT)


@require_safe
@staff_page(SEEING)
def withdrawals(request: StaffRequest) -> HttpResponseBase:
    """What waits for a review, the earliest due first; below it what is on its way, or all."""
    rows = Withdrawal.objects.select_related("customer")
    show = "all" if request.GET.get("show") == "all" else "moving"
    context = {
        "waiting": rows.to_review()[:LONGEST_QUEUE],
        "page": read_page(_shown(rows, show), below=request.GET.get("below", "")),
        "show": show,
        "now": timezone.now(),
    }
    return render(request, "wallet/staff/withdrawals.html", context)


def _shown(rows: WithdrawalQuerySet, show: str) -> WithdrawalQuerySet:
    decided = rows.exclude(state=Withdrawal.State.REQUESTED)
    if show == "all":
        return decided
    return decided.filter(Q(payouts__state__in=MOVING)).distinct()


@require_safe
@staff_page(SEEING)
def withdrawal(request: StaffRequest, withdrawal_id: int) -> HttpResponseBase:
    return _show(request, _found(withdrawal_id))


@require_safe
@staff_page(SEEING)
def payout(request: StaffRequest, payout_id: int) -> HttpResponseBase:
    """Where a case or a transfer names a payout: it stands on the page of its request."""
    one = _payout(payout_id)
    page = reverse("wallet_staff:withdrawal", args=[one.withdrawal_id])
    return redirect(f"{page}#payout-{one.pk}")


@require_POST
@staff_page(DECIDING)
@with_password
def withdrawal_approve(request: StaffRequest, withdrawal_id: int) -> HttpResponseBase:
    """Yes, or from the threshold on the first half of it (WDR-14)."""
    one = _found(withdrawal_id)
    decision = Decision(
        kind=Decision.Kind.APPROVE_WITHDRAWAL,
        subject=str(one),
        customer=one.customer,
        amount_micros=one.amount_micros,
        reason=Decision.Reason.REQUEST,
    )
    try:
        acts.check_decidable(one)
    except WithdrawalRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("wallet_staff:withdrawal", one.pk)
    return _propose(request, one, decision)


@require_POST
@staff_page(DECIDING)
def withdrawal_decline(request: StaffRequest, withdrawal_id: int) -> HttpResponseBase:
    one = _found(withdrawal_id)
    form = DeclineForm(request.POST)
    if one.customer_id == request.user.pk:
        form.add_error(None, _("This is your own account: colleagues look after it."))
    if not form.is_valid():
        return _show(request, one, form, status=422)
    try:
        acts.decline(
            withdrawal_id=one.pk,
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
            ip=client_ip(request),
        )
    except WithdrawalRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Declined. The money is in the customer's balance again."))
    return redirect("wallet_staff:withdrawal", one.pk)


@require_POST
@staff_page(DECIDING)
@with_password
def payout_sent(request: StaffRequest, payout_id: int) -> HttpResponseBase:
    """A person has sent it at the bank."""
    one = _payout(payout_id)
    form = BankForm(request.POST)
    if not form.is_valid():
        return _show(request, _found(one.withdrawal_id), form, status=422)
    number, now = form.cleaned_data["number"], timezone.now()
    try:
        by_hand.say_sent(
            payout_id=one.pk, number=number, by=request.user, at=now, ip=client_ip(request)
        )
        messages.success(request, _("Noted as sent. The customer gets a mail."))
    except WithdrawalRefused as refusal:
        messages.error(request, refusal.message)
    return redirect("wallet_staff:withdrawal", one.withdrawal_id)


@require_POST
@staff_page(DECIDING)
def payout_returned(request: StaffRequest, payout_id: int) -> HttpResponseBase:
    """The bank has sent it back."""
    one = _payout(payout_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _show(request, _found(one.withdrawal_id), form, status=422)
    reason, now = form.cleaned_data["why"], timezone.now()
    try:
        by_hand.say_returned(
            payout_id=one.pk, reason=reason, by=request.user, at=now, ip=client_ip(request)
        )
        messages.success(request, _("The money is in the customer's balance again."))
    except WithdrawalRefused as refusal:
        messages.error(request, refusal.message)
    return redirect("wallet_staff:withdrawal", one.withdrawal_id)


@require_POST
@staff_page(DECIDING)
@with_password
def payout_other_way(request: StaffRequest, payout_id: int) -> HttpResponseBase:
    """Proposes to pay what failed another way, with what proves who the customer is (WDR-06)."""
    failed = _payout(payout_id)
    one = _found(failed.withdrawal_id)
    form = OtherWayForm(request.POST)
    if not form.is_valid():
        return _show(request, one, form, status=422)
    try:
        by_hand.check_other_way(failed)
    except WithdrawalRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("wallet_staff:withdrawal", one.pk)
    decision = Decision(
        kind=Decision.Kind.PAY_BY_HAND,
        subject=failed.reference,
        customer=one.customer,
        amount_micros=failed.amount_micros,
        reason=Decision.Reason.REQUEST,
        note=form.cleaned_data["evidence"],
    )
    return _propose(request, one, decision)


def _propose(request: StaffRequest, one: Withdrawal, decision: Decision) -> HttpResponseBase:
    try:
        done = decisions.propose(
            decision=decision, by=request.user, at=timezone.now(), ip=client_ip(request)
        )
    except DecisionRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("wallet_staff:withdrawal", one.pk)
    if done.outcome == Decision.Outcome.WAITING:
        messages.info(request, _("Noted. A second person has to agree before anything is sent."))
    else:
        messages.success(request, _("Approved. It is sent within a minute."))
    return redirect("wallet_staff:withdrawal", one.pk)


def _found(withdrawal_id: int) -> Withdrawal:
    return get_object_or_404(Withdrawal.objects.select_related("customer"), pk=withdrawal_id)


def _payout(payout_id: int) -> Payout:
    return get_object_or_404(Payout.objects.select_related("deposit", "withdrawal"), pk=payout_id)


def _show(
    request: StaffRequest,
    one: Withdrawal,
    form: DeclineForm | BankForm | ReturnForm | OtherWayForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """One request with the evidence. `form` is the one that was sent and is not right."""
    payouts = one.payouts.select_related("deposit__publication").order_by("pk")
    subjects = [str(one), *[one_of_it.reference for one_of_it in payouts]]
    waiting = Decision.objects.waiting().filter(subject__in=subjects)
    context = {
        "withdrawal": one,
        "payouts": payouts,
        "payables": payable.read_payable(customer_id=one.customer_id, at=timezone.now()),
        "pots": pots_of(customer_id=one.customer_id),
        "waiting": waiting.select_related("proposed_by").first(),
        "needs_second": acts.needs_second(
            amount_micros=one.amount_micros,
            customer_id=one.customer_id,
            by=request.user,
            at=timezone.now(),
        ),
        "may_decide": request.user.has_perm(DECIDING) and request.user.pk != one.customer_id,
        "is_late": one.state == Withdrawal.State.REQUESTED and one.due_at < timezone.now(),
        "can_be_stopped": one.payouts.unsent().exists(),
        "sent_form": form,
        "decline_form": form if isinstance(form, DeclineForm) else DeclineForm(),
        "bank_form": form if isinstance(form, BankForm) else BankForm(),
        "return_form": form if isinstance(form, ReturnForm) else ReturnForm(),
        "other_form": form if isinstance(form, OtherWayForm) else OtherWayForm(),
    }
    return render(request, "wallet/staff/withdrawal.html", context, status=status)
