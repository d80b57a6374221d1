"""The kill switches as people think of them: every part of the panel is on or off."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts import switches
from accounts.forms import SwitchOffForm
from accounts.http import client_ip, posted, staff_member
from accounts.models import KillSwitch


@admin.register(KillSwitch)
class KillSwitchAdmin(admin.ModelAdmin[KillSwitch]):
    """A row stands for a part that is off. Nobody needs to know that: no row is added by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: KillSwitch | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        acts = {"off": self.off_view, "on": self.on_view}
        routes = [
            path(
                f"<slug:part>/{act}/",
                self.admin_site.admin_view(view),
                name=f"accounts_killswitch_{act}",
            )
            for act, view in acts.items()
        ]
        return [*routes, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        off = {switch.part: switch for switch in KillSwitch.objects.all()}
        context = {
            "title": _("Kill switches"),
            "parts": [(part, off.get(part)) for part in KillSwitch.Part],
            "may_switch": self.has_change_permission(request),
        }
        return self._page(request, "accounts/admin_switches.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        switch = self.get_object(request, object_id)
        if switch is None:
            raise Http404
        return self.off_view(request, switch.part)

    def off_view(self, request: HttpRequest, part: str) -> HttpResponse:
        """Switch a part off, or give another reason for one that is off."""
        chosen = self._checked(request, part)
        switch = KillSwitch.objects.filter(part=chosen).first()
        form = SwitchOffForm(posted(request), initial={"reason": switch.reason if switch else ""})
        if form.is_valid():
            switches.switch_off(
                part=chosen,
                reason=form.cleaned_data["reason"],
                actor=staff_member(request),
                ip=client_ip(request),
            )
            return self._done(request, _("{part}: switched off.").format(part=chosen.label))
        context = {"title": chosen.label, "part": chosen, "switch": switch, "form": form}
        status = 422 if form.errors else 200
        return self._page(request, "accounts/admin_switch.html", context, status=status)

    def on_view(self, request: HttpRequest, part: str) -> HttpResponse:
        chosen = self._checked(request, part)
        if request.method != "POST":
            return redirect("admin:accounts_killswitch_off", chosen)
        switches.switch_on(part=chosen, actor=staff_member(request), ip=client_ip(request))
        return self._done(request, _("{part}: switched on.").format(part=chosen.label))

    def _checked(self, request: HttpRequest, part: str) -> KillSwitch.Part:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if part not in KillSwitch.Part.values:
            raise Http404
        return KillSwitch.Part(part)

    def _done(self, request: HttpRequest, text: str) -> HttpResponse:
        messages.success(request, text)
        return redirect("admin:accounts_killswitch_changelist")

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        site = self.admin_site.each_context(request)
        return render(request, template, {**site, "opts": self.opts, **context}, status=status)
