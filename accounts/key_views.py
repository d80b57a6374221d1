"""A customer's API keys: made, replaced, revoked (ACC-04). A secret is in one answer alone."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import api_keys as keys
from accounts.http import CustomerRequest, customer_page, posted
from accounts.key_forms import ApiKeyForm, ApiKeyReplaceForm
from accounts.models import ApiKey


@require_http_methods(["GET", "POST"])
@customer_page
def api_keys(request: CustomerRequest) -> HttpResponseBase:
    form, now = ApiKeyForm(posted(request)), timezone.now()
    if request.method == "POST" and form.is_valid():
        try:
            key, secret = keys.create(
                user=request.user,
                name=form.cleaned_data["name"],
                scope=ApiKey.Scope(form.cleaned_data["scope"]),
                networks=form.cleaned_data["networks"],
                at=now,
            )
        except keys.TooManyKeys:
            message = _("You have {most} keys, which is the most there can be. Revoke one first.")
            form.add_error(None, message.format(most=keys.MAX_KEYS))
        except keys.AccountFrozen:
            form.add_error(None, _("Your account is frozen. Our staff lift that first."))
        else:
            return _shown_once(request, key, secret)
    context = {"form": form, "keys": request.user.api_keys.live(at=now).order_by("-pk")}
    return render(request, "accounts/api_keys.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def api_key_replace(request: CustomerRequest, pk: int) -> HttpResponseBase:
    """Another secret for the same program, with time to change over."""
    now = timezone.now()
    key = get_object_or_404(request.user.api_keys.live(at=now).filter(expires_at=None), pk=pk)
    form = ApiKeyReplaceForm(posted(request))
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form, "key": key}
        return render(request, "accounts/api_key_replace.html", context, status=status)
    keep = timedelta(hours=form.cleaned_data["keep_hours"])
    try:
        new, secret = keys.replace(key=key, keep=keep, at=now)
    except keys.NotReplaceable:
        messages.error(request, _("This key has just been replaced or revoked."))
        return redirect("accounts:api_keys")
    return _shown_once(request, new, secret)


def _shown_once(request: CustomerRequest, key: ApiKey, secret: str) -> HttpResponseBase:
    # No redirect: this answer is the only place where the secret is ever shown.
    return render(request, "accounts/api_key_new.html", {"key": key, "secret": secret})


@require_http_methods(["GET", "POST"])
@customer_page
def api_key_revoke(request: CustomerRequest, pk: int) -> HttpResponseBase:
    now = timezone.now()
    key = get_object_or_404(request.user.api_keys.live(at=now), pk=pk)
    if request.method != "POST":
        return render(request, "accounts/api_key_revoke.html", {"key": key})
    keys.revoke(key=key, at=now)
    messages.success(request, _("The key {name} is revoked.").format(name=key.name))
    return redirect("accounts:api_keys")
