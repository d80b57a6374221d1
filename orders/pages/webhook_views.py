"""A customer's webhooks: made, changed, switched, given another secret. A secret is in one answer
alone."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import CustomerRequest, customer_page, posted
from orders.models import WebhookEndpoint
from orders.pages import webhook_log
from orders.pages.webhook_forms import WebhookForm, WebhookReplayForm, WebhookSecretForm
from orders.webhooks import endpoints


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def webhooks(request: CustomerRequest) -> HttpResponseBase:
    form = WebhookForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = endpoints.create(
                customer_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except endpoints.TooManyEndpoints:
            message = _("You have {most} webhooks, which is the most there can be.")
            form.add_error(None, message.format(most=endpoints.MAX_ENDPOINTS))
        except endpoints.AddressTaken as error:
            form.add_error("url", str(error))
        except endpoints.AccountFrozen:
            form.add_error(None, _("Your account is frozen: nothing is told to another server."))
        else:
            return _shown_once(request, endpoint, secret)
    mine = WebhookEndpoint.objects.of(request.user.pk).order_by("pk")
    context = {"form": form, "endpoints": mine}
    return render(request, "orders/webhooks.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD"])
@customer_page
def webhook_detail(request: CustomerRequest, endpoint_id: int) -> HttpResponseBase:
    endpoint = mine_or_404(request, endpoint_id)
    return render_detail(request, endpoint, replay=WebhookReplayForm())


def render_detail(
    request: CustomerRequest, endpoint: WebhookEndpoint, *, replay: WebhookReplayForm
) -> HttpResponseBase:
    """The page of an endpoint; 422 with the form that was not understood."""
    log = webhook_log.read(endpoint=endpoint, below=request.GET.get("below", ""))
    context = {"endpoint": endpoint, "log": log, "replay": replay, "now": timezone.now()}
    status = 422 if replay.errors else 200
    return render(request, "orders/webhook_detail.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def webhook_edit(request: CustomerRequest, endpoint_id: int) -> HttpResponseBase:
    endpoint = mine_or_404(request, endpoint_id)
    form = WebhookForm(posted(request), initial=WebhookForm.initial_of(endpoint))
    if request.method == "POST" and form.is_valid():
        try:
            endpoints.change(endpoint=endpoint, at=timezone.now(), **form.cleaned_data)
        except endpoints.AddressTaken as error:
            form.add_error("url", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("orders:webhook_detail", endpoint.pk)
    context = {"form": form, "endpoint": endpoint}
    return render(request, "orders/webhook_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def webhook_secret(request: CustomerRequest, endpoint_id: int) -> HttpResponseBase:
    """Another secret, with time to change over."""
    endpoint = mine_or_404(request, endpoint_id)
    form, now = WebhookSecretForm(posted(request)), timezone.now()
    if request.method == "POST" and form.is_valid():
        keep = timedelta(hours=form.cleaned_data["keep_hours"])
        try:
            secret = endpoints.rotate(endpoint=endpoint, keep=keep, at=now)
        except endpoints.NotRotatable:
            form.add_error(
                "keep_hours",
                _("An older secret still signs. Wait for its end, or end it at once."),
            )
        else:
            return _shown_once(request, endpoint, secret)
    context = {"form": form, "endpoint": endpoint}
    status = 422 if form.errors else 200
    return render(request, "orders/webhook_secret.html", context, status=status)


def _shown_once(
    request: CustomerRequest, endpoint: WebhookEndpoint, secret: str
) -> HttpResponseBase:
    # No redirect: this answer is the only place where the secret is ever shown.
    context = {"endpoint": endpoint, "secret": secret}
    return render(request, "orders/webhook_new.html", context)


@require_POST
@customer_page
def webhook_pause(request: CustomerRequest, endpoint_id: int) -> HttpResponseBase:
    endpoints.pause(endpoint=mine_or_404(request, endpoint_id), at=timezone.now())
    messages.success(request, _("The webhook is paused."))
    return redirect("orders:webhook_detail", endpoint_id)


@require_POST
@customer_page
def webhook_resume(request: CustomerRequest, endpoint_id: int) -> HttpResponseBase:
    endpoints.resume(endpoint=mine_or_404(request, endpoint_id))
    messages.success(request, _("The webhook is on."))
    return redirect("orders:webhook_detail", endpoint_id)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def webhook_delete(request: CustomerRequest, endpoint_id: int) -> HttpResponseBase:
    endpoint = mine_or_404(request, endpoint_id)
    if request.method != "POST":
        return render(request, "orders/webhook_delete.html", {"endpoint": endpoint})
    endpoints.delete(endpoint=endpoint)
    messages.success(request, _("The webhook {name} is deleted.").format(name=endpoint.name))
    return redirect("orders:webhooks")


def mine_or_404(request: CustomerRequest, endpoint_id: int) -> WebhookEndpoint:
    return get_object_or_404(WebhookEndpoint.objects.of(request.user.pk), pk=endpoint_id)
