"""The page of the kept card and of automatic top-ups."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import CustomerRequest, client_ip, customer_page
from wallet.automatic import cards, topping_up
from wallet.models import AutoTopUp, SavedCard
from wallet.pages.card_forms import AutomaticForm


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def automatic(request: CustomerRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request)
    form = AutomaticForm(request.POST, customer_id=request.user.pk)
    if not form.is_valid():
        return _show(request, form=form, status=422)
    given = form.cleaned_data
    topping_up.turn_on(
        customer_id=request.user.pk,
        card=given["card"],
        below_micros=given["below"],
        amount_micros=given["amount"],
        month_limit_micros=given["month_limit"],
        ip=client_ip(request),
        at=timezone.now(),
    )
    messages.success(request, _("Automatic top-up is on."))
    return redirect("wallet:automatic")


@require_POST
@customer_page
def automatic_off(request: CustomerRequest) -> HttpResponse:
    topping_up.turn_off(customer_id=request.user.pk)
    messages.success(request, _("Automatic top-up is off. Nothing more is charged by itself."))
    return redirect("wallet:automatic")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def card_remove(request: CustomerRequest, card_id: int) -> HttpResponse:
    mine = SavedCard.objects.usable().filter(customer_id=request.user.pk)
    card = get_object_or_404(mine, pk=card_id)
    if request.method != "POST":
        return render(request, "wallet/card_remove.html", {"card": card})
    cards.remove_card(customer_id=request.user.pk, card_id=card.pk, at=timezone.now())
    messages.success(request, _("The card is removed."))
    return redirect(reverse("wallet:automatic"))


def _show(
    request: CustomerRequest,
    *,
    form: AutomaticForm | None = None,
    status: int = 200,
) -> HttpResponse:
    customer_id = request.user.pk
    auto = AutoTopUp.objects.filter(customer_id=customer_id).select_related("card").first()
    context = {
        "auto": auto,
        "paid_micros": topping_up.paid_this_month(customer_id=customer_id, at=timezone.now()),
        "cards": SavedCard.objects.usable().filter(customer_id=customer_id).order_by("-pk"),
        "form": form or AutomaticForm(customer_id=customer_id, auto=auto),
        "auto_words": topping_up.consent_words(),
    }
    return render(request, "wallet/automatic.html", context, status=status)
