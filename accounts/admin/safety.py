"""Two pages beside a user's: the end of a freeze (ACC-11), and API access (API-01)."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import freezing, suspending
from accounts.http import client_ip, posted, staff_member
from accounts.models import ApiSuspension, User

LIFTING_FREEZES, CHANGING_API_ACCESS = "accounts.change_standing", "accounts.change_api_access"
_LAST_SUSPENSIONS = 10


class UnfreezeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("How do you know that it is the owner?"),
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=gettext_lazy("It stays in the log of acts."),
    )


class ApiAccessForm(forms.Form):
    """What changes about the programs of one customer."""

    access = forms.ChoiceField(
        label=gettext_lazy("API access"),
        choices=[
            ("keep", gettext_lazy("Leave it as it is")),
            ("lift", gettext_lazy("Lift the suspension now")),
            ("end", gettext_lazy("Suspend for good: the pages go on")),
        ],
        initial="keep",
    )
    calls_per_minute = forms.IntegerField(
        label=gettext_lazy("Calls a minute"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=gettext_lazy("Of all keys of this customer together. Empty: the usual number."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=gettext_lazy(
            "The customer reads it when the access changes. It stays in the log of acts."
        ),
    )


def may(actor: User, permission: str, *, of: User) -> bool:
    """Staff cannot do this to each other: that takes a superuser."""
    return actor.is_superuser if of.is_staff else actor.has_perm(permission)


def unfreeze_view(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk, LIFTING_FREEZES)
    form = UnfreezeForm(posted(request))
    if form.is_valid():
        freezing.lift(
            user=user,
            reason=form.cleaned_data["reason"],
            actor=staff_member(request),
            at=timezone.now(),
            ip=client_ip(request),
        )
        messages.success(request, _("The account is no longer frozen. Its keys stay revoked."))
        return redirect("admin:accounts_user_change", user.pk)
    title = _("Lift the freeze of {email}").format(email=user.email)
    return _page(request, "accounts/admin_unfreeze.html", title, user, form)


def api_access_view(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk, CHANGING_API_ACCESS)
    initial = {"calls_per_minute": user.api_rate_per_minute}
    form = ApiAccessForm(posted(request), initial=initial)
    if form.is_valid():
        _change_access(request, user, form)
        messages.success(request, _("API access is changed."))
        return redirect("admin:accounts_user_change", user.pk)
    title = _("API access of {email}").format(email=user.email)
    return _page(request, "accounts/admin_api_access.html", title, user, form)


def _change_access(request: HttpRequest, user: User, form: ApiAccessForm) -> None:
    actor, ip, now = staff_member(request), client_ip(request), timezone.now()
    access, reason = form.cleaned_data["access"], form.cleaned_data["reason"]
    rate: int | None = form.cleaned_data["calls_per_minute"]
    suspending.set_rate(user=user, calls_per_minute=rate, reason=reason, actor=actor, ip=ip)
    if access == "lift":
        suspending.lift(user=user, reason=reason, actor=actor, at=now, ip=ip)
    elif access == "end":
        suspending.suspend_for_good(user=user, reason=reason, actor=actor, at=now, ip=ip)


def _user(request: HttpRequest, pk: int, permission: str) -> User:
    """Raises Http404, PermissionDenied."""
    user = get_object_or_404(User, pk=pk)
    if not may(staff_member(request), permission, of=user):
        raise PermissionDenied
    return user


def _page(
    request: HttpRequest, template: str, title: str, user: User, form: forms.Form
) -> HttpResponse:
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": title,
        "form": form,
        "person": user,
        "running": suspending.running(user=user, at=now),
        "suspensions": ApiSuspension.objects.filter(user=user).order_by("-pk")[:_LAST_SUSPENSIONS],
    }
    return render(request, template, context, status=422 if form.errors else 200)
