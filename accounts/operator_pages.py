"""Keys for the Admin API at the desk: everybody's own, and for operators all of them. A secret is
in one answer alone."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import operator_keys
from accounts.http import StaffRequest, client_ip, posted, staff_page
from accounts.models import OperatorKey, User
from accounts.operator_forms import OperatorKeyForm

# Whoever has the desk may have keys; none does more than its owner.
HAVING = "orders.view_order"
SEEING_ALL, ENDING_ALL = "accounts.view_operatorkey", "accounts.change_operatorkey"
METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@staff_page(HAVING)
def operator_key_list(request: StaffRequest) -> HttpResponseBase:
    """One's own keys with a form for another, and below them those of colleagues."""
    form, now = OperatorKeyForm(posted(request), person=request.user), timezone.now()
    if form.is_valid():
        try:
            key, secret = _make(request, form, at=now)
        except operator_keys.TooManyKeys:
            words = _("You have {most} keys, which is the most there can be. Revoke one first.")
            form.add_error(None, words.format(most=operator_keys.MAX_KEYS))
        else:
            # No redirect: this answer is the only place where the secret is ever shown.
            context = {"key": key, "secret": secret}
            return render(request, "accounts/staff/operator_key_new.html", context)
    live = OperatorKey.objects.live(at=now).select_related("user").order_by("-pk")
    context = {
        "form": form,
        "keys": _welcome(live.filter(user=request.user)),
        "others": _welcome(live.exclude(user=request.user)) if _sees_all(request.user) else None,
        "calls": operator_keys.CALLS_PER_WINDOW,
    }
    status = 422 if form.errors else 200
    return render(request, "accounts/staff/operator_key_list.html", context, status=status)


@require_http_methods(METHODS)
@staff_page(HAVING)
def operator_key_revoke(request: StaffRequest, operator_key_id: int) -> HttpResponseBase:
    now = timezone.now()
    key = get_object_or_404(_in_reach(request.user, at=now), pk=operator_key_id)
    if request.method != "POST":
        return render(request, "accounts/staff/operator_key_revoke.html", {"key": key})
    operator_keys.revoke(key=key, by=request.user, at=now, ip=client_ip(request))
    messages.success(request, _("The key {name} is revoked.").format(name=key.name))
    return redirect("staff_api:operator_key_list")


def _make(request: StaffRequest, form: OperatorKeyForm, *, at: datetime) -> tuple[OperatorKey, str]:
    lasts = form.lasts()
    return operator_keys.create(
        user=request.user,
        name=form.cleaned_data["name"],
        scopes=form.chosen_scopes(),
        networks=form.cleaned_data["networks"],
        expires_at=at + lasts if lasts else None,
        at=at,
        ip=client_ip(request),
    )


def _sees_all(person: User) -> bool:
    return person.has_perm(SEEING_ALL)


def _in_reach(person: User, *, at: datetime) -> QuerySet[OperatorKey]:
    """The live keys that this person may end."""
    live = OperatorKey.objects.live(at=at).select_related("user")
    return live if person.has_perm(ENDING_ALL) else live.filter(user=person)


def _welcome(keys: QuerySet[OperatorKey]) -> list[OperatorKey]:
    """Without those that their owner's password or standing has ended."""
    return [key for key in keys if operator_keys.is_owner_welcome(key)]
