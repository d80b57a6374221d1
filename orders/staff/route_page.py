"""Staff choose who carries out an order that provably nobody has, or send it on at once."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, client_ip, posted, staff_page
from orders.models import Order
from orders.sending import rerouting
from orders.sending.deciding import LONGEST_REASON, PERMISSION, SHORTEST_REASON
from orders.staff.forms import LARGEST_ID
from services.models import ProviderService
from wallet.money import display


class OfferField(forms.ModelChoiceField[ProviderService]):
    """Providers are named to staff only."""

    def label_from_instance(self, obj: ProviderService) -> str:
        return _("%(provider)s, service %(number)s, at %(cost)s per 1,000") % {
            "provider": obj.provider.name,
            "number": obj.external_id,
            "cost": display(obj.cost_micros),
        }


class RouteForm(forms.Form):
    seen = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=LARGEST_ID
    )
    offer = OfferField(
        label=gettext_lazy("Send it by"),
        queryset=ProviderService.objects.none(),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("The service's own offer and its alternatives, as far as they fit."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("It is logged; the customer does not see it."),
    )

    def __init__(self, data: QueryDict | None = None, *, order: Order) -> None:
        super().__init__(data, initial={"seen": order.offer_id, "offer": order.offer_id})
        offers = self.fields["offer"]
        if isinstance(offers, OfferField):
            offers.queryset = rerouting.choices_for(order)
            offers.empty_label = None


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(PERMISSION)
def reroute(request: StaffRequest, order_id: int) -> HttpResponseBase:
    """Who may carry it out; with a choice and a reason it is done."""
    rows = Order.objects.select_related("customer", "service", "offer__provider")
    order = get_object_or_404(rows, pk=order_id)
    if not rerouting.may_reroute(order):
        messages.error(request, _("Too late: the order is on its way, or it has ended."))
        return redirect("staff_orders:order_detail", order.pk)
    form = RouteForm(posted(request), order=order)
    if form.is_valid():
        return _reroute(request, order, form)
    status = 422 if form.is_bound else 200
    context = {"order": order, "form": form}
    return render(request, "orders/staff/reroute.html", context, status=status)


def _reroute(request: StaffRequest, order: Order, form: RouteForm) -> HttpResponseBase:
    try:
        rerouting.change_offer(
            rerouting=rerouting.Rerouting(
                order_id=order.pk,
                seen_offer_id=form.cleaned_data["seen"],
                offer_id=form.cleaned_data["offer"].pk,
                actor=request.user,
                reason=form.cleaned_data["reason"],
                at=timezone.now(),
                ip=client_ip(request),
            )
        )
        messages.success(request, _("Done. A queued order leaves within seconds."))
    except rerouting.CannotReroute as refusal:
        messages.error(request, refusal.message)
    return redirect("staff_orders:order_detail", order.pk)
