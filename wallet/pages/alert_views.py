from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.http import CustomerRequest, customer_page, posted
from wallet import alerts
from wallet.fields import AmountField
from wallet.models import BalanceAlert


class AlertForm(forms.Form):
    below = AmountField(
        label=gettext_lazy("Write to me when my balance is below"),
        required=False,
        help_text=gettext_lazy("In dollars, such as 5. Leave it empty for no mail."),
    )

    def clean_below(self) -> int | None:
        below: int | None = self.cleaned_data["below"]
        if below == 0:
            raise forms.ValidationError(_("Type an amount above zero, or leave it empty."))
        return below


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def alert(request: CustomerRequest) -> HttpResponse:
    mine = BalanceAlert.objects.filter(customer=request.user).first()
    initial = {"below": mine.below_micros} if mine else {}
    form = AlertForm(posted(request), initial=initial)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "wallet/alert.html", {"form": form, "alert": mine}, status=status)
    below_micros = form.cleaned_data["below"]
    alerts.set_alert(customer_id=request.user.pk, below_micros=below_micros)
    messages.success(
        request, _("The mail is set.") if below_micros else _("You will get no such mail.")
    )
    return redirect("wallet:wallet")
