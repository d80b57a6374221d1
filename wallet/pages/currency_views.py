from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.http import CustomerRequest, customer_page, posted
from wallet import converting
from wallet.fields import OneValueRadios


class CurrencyForm(forms.Form):
    currency = forms.ChoiceField(
        label=gettext_lazy("Show my balance in"), required=False, widget=OneValueRadios
    )

    def __init__(self, data: QueryDict | None = None, *, chosen: str) -> None:
        super().__init__(data, initial={"currency": chosen})
        rates = [(rate.currency, rate.currency.upper()) for rate in converting.choices()]
        field = self.fields["currency"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("US dollars alone")), *rates]


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def currency(request: CustomerRequest) -> HttpResponse:
    customer_id = request.user.pk
    chosen = converting.chosen_by(customer_id=customer_id)
    form = CurrencyForm(posted(request), chosen=chosen)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "wallet/currency.html", {"form": form}, status=status)
    converting.choose(customer_id=customer_id, currency=form.cleaned_data["currency"])
    messages.success(request, _("Saved. Your money is kept in dollars as before."))
    return redirect("wallet:wallet")
