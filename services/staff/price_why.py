"""Why a price is what it is, for any service and any customer."""

from __future__ import annotations

from django import forms
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.http import StaffRequest, staff_page
from accounts.models import User
from services.margins.explaining import Why, explain
from services.models import Service
from wallet.fields import OneValueInput
from wallet.money import read_number


class WhyForm(forms.Form):
    """Which service, and for whom."""

    service = forms.CharField(
        label=_("Number of the service"),
        widget=OneValueInput(attrs={"inputmode": "numeric", "maxlength": "10"}),
    )
    customer = forms.CharField(
        label=_("E-mail of the customer"),
        required=False,
        max_length=254,
        widget=OneValueInput(attrs={"autocomplete": "off"}),
        help_text=_("Empty for somebody who is not logged in."),
    )

    def clean_service(self) -> int:
        number = read_number(self.cleaned_data["service"])
        if number is None or not Service.objects.filter(pk=number).exists():
            raise forms.ValidationError(_now("There is no service with this number."))
        return number

    def clean_customer(self) -> User | None:
        email = self.cleaned_data["customer"].strip()
        if not email:
            return None
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise forms.ValidationError(_now("There is no customer with this e-mail address."))
        return person


@require_safe
@staff_page("services.view_pricerule")
def price_why(request: StaffRequest) -> HttpResponseBase:
    form = WhyForm(request.GET) if "service" in request.GET else WhyForm()
    why: Why | None = None
    if form.is_bound and form.is_valid():
        customer = form.cleaned_data["customer"]
        why = explain(
            service_id=form.cleaned_data["service"],
            customer_id=customer.pk if customer else None,
            at=timezone.now(),
        )
    context = {
        "form": form,
        "why": why,
        "service": Service.objects.select_related(
            "category__platform", "provider_service__provider"
        ).get(pk=why.row.pk)
        if why
        else None,
        "customer": form.cleaned_data.get("customer") if why else None,
    }
    status = 422 if form.is_bound and why is None else 200
    return render(request, "services/staff/price_why.html", context, status=status)
