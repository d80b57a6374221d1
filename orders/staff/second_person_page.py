"""The second person's answer about an uncertain order."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, client_ip, staff_page
from orders.models import Order
from orders.sending import deciding, proposing
from orders.sending.deciding import CannotDecide
from orders.staff.forms import LARGEST_ID
from orders.staff.verdicts import DONE


class AnswerForm(forms.Form):
    """The proposal that was on the screen, and what is said to it."""

    proposal = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
    answer = forms.ChoiceField(choices=[("agree", ""), ("decline", "")])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(deciding.PERMISSION)
def answer(request: StaffRequest, order_id: int) -> HttpResponseBase:
    """Agrees or declines; a GET (after a log-in, say) only leads to the order."""
    order = get_object_or_404(Order, pk=order_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            messages.success(request, _answer(request, form))
        except CannotDecide as refusal:
            messages.error(request, refusal.message)
    return redirect(reverse("staff_orders:order_detail", args=[order.pk]) + "#decide")


def _answer(request: StaffRequest, form: AnswerForm) -> str:
    number, ip = form.cleaned_data["proposal"], client_ip(request)
    if form.cleaned_data["answer"] == "decline":
        proposing.decline(proposal_id=number, by=request.user, at=timezone.now(), ip=ip)
        return _("Ended. The order stays uncertain.")
    verdict = proposing.agree(proposal_id=number, by=request.user, at=timezone.now(), ip=ip)
    return str(DONE[verdict])
