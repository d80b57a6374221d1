"""Users and their keys. A standing changes by its act alone, which logs and ends sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import sessions
from accounts.acts import log_act
from accounts.admin import safety
from accounts.admin.logged import LoggedAdmin
from accounts.admin.readonly import ReadOnlyAdmin
from accounts.forms import StandingForm
from accounts.http import client_ip, posted, staff_member
from accounts.models import ApiKey, User
from accounts.standing import change_standing
from accounts.suspending import FOREVER

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldsetSpec

_STANDING, _STANDING_WITH_LINK = "standing_now", "standing_with_link"
_API, _API_WITH_LINK = "api_access", "api_access_with_link"
_FROZEN, _FROZEN_WITH_LINK = "frozen_now", "frozen_with_link"
_LOOKS = (
    *("email", _STANDING, _FROZEN, _API),
    *("country", "time_zone", "last_login", "date_joined"),
)
_RIGHTS = ("is_staff", "is_superuser", "groups")
_KEY_FACTS = ("prefix", "user", "name", "scope", "created_at", "last_used_at", "revoked_at")


class NewUserForm(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["email"]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("Somebody has an account with this e-mail already."))
        return email


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
    search_help_text = gettext_lazy("A part of the e-mail address")
    ordering = ["-pk"]
    filter_horizontal = ["groups"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_member(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return staff_member(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> _FieldsetSpec:
        if obj is None:
            return super().get_fieldsets(request, obj)
        actor = staff_member(request)
        linked = {}
        if safety.may(actor, safety.LIFTING_FREEZES, of=obj):
            linked = {_STANDING: _STANDING_WITH_LINK, _FROZEN: _FROZEN_WITH_LINK}
        if safety.may(actor, safety.CHANGING_API_ACCESS, of=obj):
            linked[_API] = _API_WITH_LINK
        looks = tuple(linked.get(name, name) for name in _LOOKS)
        rights = self.fieldsets[1:] if self.has_change_permission(request, obj) else []
        return [(None, {"fields": looks}), *rights]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        linked = (_STANDING_WITH_LINK, _FROZEN_WITH_LINK, _API_WITH_LINK)
        return (*_LOOKS, *linked) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        views = {
            "standing": self.standing_view,
            "unfreeze": safety.unfreeze_view,
            "api-access": safety.api_access_view,
        }
        routes = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"accounts_user_{name.replace('-', '_')}",
            )
            for name, view in views.items()
        ]
        return [*routes, *super().get_urls()]

    @admin.display(description=gettext_lazy("standing"))
    def standing_now(self, user: User) -> str:
        return f"{user.get_standing_display()} {user.standing_reason}".strip()

    @admin.display(description=gettext_lazy("standing"))
    def standing_with_link(self, user: User) -> SafeString:
        address = reverse("admin:accounts_user_standing", args=[user.pk])
        return format_html(
            '{} <a href="{}">{}</a>', self.standing_now(user), address, _("Change standing")
        )

    @admin.display(description=gettext_lazy("frozen"))
    def frozen_now(self, user: User) -> str:
        if user.frozen_at is None:
            return _("no")
        return _("since {at}").format(at=_moment(user.frozen_at))

    @admin.display(description=gettext_lazy("frozen"))
    def frozen_with_link(self, user: User) -> SafeString | str:
        if user.frozen_at is None:
            return self.frozen_now(user)
        address = reverse("admin:accounts_user_unfreeze", args=[user.pk])
        return format_html(
            '{} <a href="{}">{}</a>', self.frozen_now(user), address, _("Lift the freeze")
        )

    @admin.display(description=gettext_lazy("API access"))
    def api_access(self, user: User) -> str:
        until = user.api_suspended_until
        if until is None or until <= timezone.now():
            return _("open")
        if until >= FOREVER:
            return _("suspended for good")
        return _("suspended until {at}").format(at=_moment(until))

    @admin.display(description=gettext_lazy("API access"))
    def api_access_with_link(self, user: User) -> SafeString:
        address = reverse("admin:accounts_user_api_access", args=[user.pk])
        return format_html(
            '{} <a href="{}">{}</a>', self.api_access(user), address, _("Change API access")
        )

    def save_related(
        self, request: HttpRequest, form: ModelForm[User], formsets: object, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            self._log(request, form.instance, "add user")
        changed = [name for name in _RIGHTS if name in form.changed_data]
        if changed:
            # Other rights, other session: what was opened with the old ones ends (S-15).
            sessions.end_all(user=form.instance)
            changes = {name: str(form.cleaned_data[name]) for name in changed}
            self._log(request, form.instance, "change rights", changes)

    @transaction.atomic
    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Set and logged, or neither."""
        return super().user_change_password(request, *args, **kwargs)

    def log_change(self, request: HttpRequest, obj: User, message: object) -> LogEntry:
        """Rights are logged above, with their values; the other form here sets a password."""
        match = request.resolver_match
        if match is not None and match.url_name == "auth_user_password_change":
            self._log(request, obj, "set password")
        return super().log_change(request, obj, message)

    def _log(
        self, request: HttpRequest, user: User, act: str, changes: Mapping[str, str] | None = None
    ) -> None:
        log_act(
            actor=staff_member(request),
            act=act,
            target=f"user:{user.pk}",
            changes=changes,
            ip=client_ip(request),
        )

    def standing_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = get_object_or_404(User, pk=pk)
        if not safety.may(staff_member(request), safety.LIFTING_FREEZES, of=user):
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


admin.site.unregister(Group)


@admin.register(Group)
class LoggedGroupAdmin(LoggedAdmin[Group], DjangoGroupAdmin):
    pass


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin[ApiKey]):
    list_display = _KEY_FACTS
    list_select_related = ["user"]
    list_filter = ["scope"]
    search_fields = ["=prefix", "user__email"]
    search_help_text = gettext_lazy("How the key begins, in full, or a part of its owner's e-mail")
    fields = (*_KEY_FACTS, "last_used_ip")


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i T")
