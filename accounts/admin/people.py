"""Users and their keys. A standing changes by its act alone, which logs and ends sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import sessions
from accounts.acts import log_act
from accounts.admin.readonly import ReadOnlyAdmin
from accounts.forms import StandingForm
from accounts.http import client_ip, posted, staff_member
from accounts.models import ApiKey, User
from accounts.standing import change_standing

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldsetSpec

_LOOKS = ("email", "standing_now", "time_zone", "last_login", "date_joined")
_RIGHTS = ("is_staff", "is_superuser", "groups")
_KEY_FACTS = ("prefix", "user", "name", "scope", "created_at", "last_used_at", "revoked_at")


class NewUserForm(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["email"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    """Superusers give rights. Others with `view_user` see neither rights nor the password's row."""

    add_form = NewUserForm
    fieldsets = [
        (None, {"fields": _LOOKS}),
        (gettext_lazy("Rights"), {"fields": ("password", *_RIGHTS)}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]
    list_display = ["email", "standing", "is_staff", "date_joined"]
    list_filter = ["standing", "is_staff", "groups"]
    search_fields = ["email"]
    ordering = ["-pk"]
    filter_horizontal = ["groups"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_member(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return staff_member(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> _FieldsetSpec:
        shown = super().get_fieldsets(request, obj)
        return shown if self.has_change_permission(request, obj) else shown[:1]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return _LOOKS if obj else ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.standing_view)
        route = path("<int:pk>/standing/", view, name="accounts_user_standing")
        return [route, *super().get_urls()]

    @admin.display(description=gettext_lazy("standing"))
    def standing_now(self, user: User) -> SafeString:
        return format_html(
            '{} {} <a href="{}">{}</a>',
            user.get_standing_display(),
            user.standing_reason,
            reverse("admin:accounts_user_standing", args=[user.pk]),
            _("Change"),
        )

    def save_related(
        self, request: HttpRequest, form: ModelForm[User], formsets: object, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        changed = [name for name in _RIGHTS if name in form.changed_data]
        if changed:
            # Other rights, other session: what was opened with the old ones ends (S-15).
            sessions.end_all(user=form.instance)
            log_act(
                actor=staff_member(request),
                act="change rights",
                target=f"user:{form.instance.pk}",
                changes={name: str(form.cleaned_data[name]) for name in changed},
                ip=client_ip(request),
            )

    def standing_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = get_object_or_404(User, pk=pk)
        if not _may_change_standing(staff_member(request), of=user):
            raise PermissionDenied
        form = StandingForm(posted(request), initial={"standing": user.standing})
        if request.method == "POST" and form.is_valid():
            change_standing(
                user=user,
                standing=User.Standing(form.cleaned_data["standing"]),
                reason=form.cleaned_data["reason"],
                actor=staff_member(request),
                at=timezone.now(),
                ip=client_ip(request),
            )
            messages.success(request, _("The standing is changed; sessions and keys have ended."))
            return redirect("admin:accounts_user_change", user.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Standing of {email}").format(email=user.email),
            "form": form,
            "person": user,
        }
        status = 422 if form.errors else 200
        return render(request, "accounts/admin_standing.html", context, status=status)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin[ApiKey]):
    list_display = _KEY_FACTS
    list_select_related = ["user"]
    list_filter = ["scope"]
    search_fields = ["=prefix", "user__email"]
    fields = (*_KEY_FACTS, "last_used_ip")


def _may_change_standing(actor: User, *, of: User) -> bool:
    """Staff cannot shut each other out: that takes a superuser."""
    if of.is_staff:
        return actor.is_superuser
    return actor.has_perm("accounts.change_standing")
