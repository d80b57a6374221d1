"""A customer's API keys: made, changed, replaced, revoked (ACC-04). A secret is in one answer
alone."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import api_keys as keys
from accounts import suspending
from accounts.http import CustomerRequest, client_ip, customer_page, posted
from accounts.key_forms import (
    ApiKeyChoicesForm,
    ApiKeyForm,
    ApiKeyReplaceForm,
    RepetitionsForm,
    initial_of,
)
from accounts.models import ApiKey


@require_http_methods(["GET", "POST"])
@customer_page
def api_keys(request: CustomerRequest) -> HttpResponseBase:
    form = ApiKeyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            key, secret = keys.make(
                user=request.user,
                choices=form.choices(),
                kind=keys.Kind(form.cleaned_data["kind"]),
                at=timezone.now(),
                ip=client_ip(request),
            )
        except keys.TooManyKeys:
            message = _("You have {most} keys, which is the most there can be. Revoke one first.")
            form.add_error(None, message.format(most=keys.MAX_KEYS))
        except keys.AccountFrozen:
            form.add_error(None, _("Your account is frozen. Our staff lift that first."))
        else:
            return _shown_once(request, key, secret)
    return _list(request, form, _repetitions(request))


@require_POST
@customer_page
def repetitions(request: CustomerRequest) -> HttpResponseBase:
    """How long the same order again counts as a repetition, for all keys of the account."""
    form = RepetitionsForm(request.POST)
    if not form.is_valid():
        return _list(request, ApiKeyForm(), form)
    request.user.repeat_window_seconds = form.cleaned_data["repeat_window_seconds"]
    request.user.save(update_fields=["repeat_window_seconds"])
    messages.success(request, _("Saved. It holds from the next call on."))
    return redirect("accounts:api_keys")


def _repetitions(request: CustomerRequest) -> RepetitionsForm:
    return RepetitionsForm(initial={"repeat_window_seconds": request.user.repeat_window_seconds})


def _list(
    request: CustomerRequest, form: ApiKeyForm, repetitions_form: RepetitionsForm
) -> HttpResponseBase:
    now = timezone.now()
    context = {
        "form": form,
        "repetitions": repetitions_form,
        "keys": request.user.api_keys.live(at=now).order_by("-pk"),
        "suspension": suspending.running(user=request.user, at=now),
        "own_rate": request.user.api_rate_per_minute,
    }
    status = 422 if form.errors or repetitions_form.errors else 200
    return render(request, "accounts/api_keys.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def api_key_change(request: CustomerRequest, pk: int) -> HttpResponseBase:
    """Other choices under the same secret: no program has to be touched."""
    now = timezone.now()
    key = get_object_or_404(request.user.api_keys.live(at=now), pk=pk)
    form = ApiKeyChoicesForm(posted(request), initial=initial_of(key))
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form, "key": key}
        return render(request, "accounts/api_key_change.html", context, status=status)
    try:
        keys.change(key=key, choices=form.choices(), at=now, ip=client_ip(request))
    except ApiKey.DoesNotExist:
        messages.error(
            request,
            _("This key has just been replaced or revoked, or too many old ones are still valid."),
        )
    else:
        messages.success(request, _("Saved. It holds from the next call on."))
    return redirect("accounts:api_keys")


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
        new, secret = keys.replace(key=key, keep=keep, at=now, ip=client_ip(request))
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
    keys.revoke(key=key, at=now, ip=client_ip(request))
    messages.success(request, _("The key {name} is revoked.").format(name=key.name))
    return redirect("accounts:api_keys")
