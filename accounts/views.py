"""A person's own account: profile, sessions, API keys. And the admin's way to the one log-in."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import billing, countries, log_ins, sessions
from accounts.forms import CountryForm, TimeZoneForm
from accounts.http import CustomerRequest, client_ip, customer_page, posted
from accounts.paths import own_path


@require_http_methods(["GET", "POST"])
@customer_page
def profile(request: CustomerRequest) -> HttpResponseBase:
    form = TimeZoneForm(posted(request), initial={"time_zone": request.user.time_zone})
    if request.method == "POST" and form.is_valid():
        request.user.time_zone = form.cleaned_data["time_zone"]
        request.user.save(update_fields=["time_zone"])
        messages.success(request, _("Your time zone is saved."))
        return redirect("accounts:profile")
    context = {
        "form": form,
        "country": countries.name_of(request.user.country),
        "logins": log_ins.recent(user=request.user),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def country(request: CustomerRequest) -> HttpResponseBase:
    """Asks where the customer is billed, and goes back to where that was needed."""
    asked = request.POST if request.method == "POST" else request.GET
    back = own_path(asked.get("return_to", "")) or ""
    form = CountryForm(posted(request), initial={"country": request.user.country})
    if request.method == "POST" and form.is_valid():
        named = form.cleaned_data["country"]
        billing.name_country(user=request.user, country=named, ip=client_ip(request))
        messages.success(request, _("Your billing country is saved."))
        return redirect(back or "accounts:profile")
    context = {"form": form, "return_to": back}
    return render(request, "accounts/country.html", context, status=422 if form.errors else 200)


@require_POST
@customer_page
def sessions_end(request: CustomerRequest) -> HttpResponseBase:
    sessions.end_others(user=request.user, request=request)
    messages.success(request, _("You are logged out everywhere else."))
    return redirect("accounts:profile")


def admin_password_change(request: HttpRequest) -> HttpResponseBase:
    """Send to the one page: the admin's would change a password without a word to its owner."""
    return redirect("account_change_password")


@require_GET
def admin_login(request: HttpRequest) -> HttpResponseBase:
    """Send to the one log-in: the admin's own form would be a way around its limits (S-09)."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", "/admin/"))
