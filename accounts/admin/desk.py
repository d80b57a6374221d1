"""Mails, cases and the log of acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.db.models import F, Field, QuerySet
from django.forms import Field as FormField
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import cases
from accounts.acts import log_act
from accounts.admin.readonly import CappedPaginator, ReadOnlyAdmin
from accounts.http import client_ip, staff_member
from accounts.models import ActLog, Case, OutboundMail

if TYPE_CHECKING:
    from django.utils.datastructures import _ListOrTuple

_MAIL_FACTS = ("subject", "recipient", "created_at", "sent_at", "attempts", "last_error")
_ACT_FACTS = ("at", "actor", "act", "target", "reason")

# What a case is about, or its detail names, by the first word.
_PAGES = {
    "order": "staff_orders:order_detail",
    "provider": "staff_services:provider_detail",
    "ticket": "staff_tickets:ticket",
    "user": "admin:accounts_user_change",
}
_NAMES = {
    "order": _("Order {number}"),
    "provider": _("Provider {number}"),
    "ticket": _("Ticket {number}"),
    "user": _("Customer {number}"),
}
# Writing a sentence would end these cases and leave their cause: money held, orders waiting.
_CLOSING: dict[str, str | Promise] = {
    Case.Kind.ORDER_UNCERTAIN: _(
        "By itself, as soon as the order is decided on its page or the provider confirms it."
    ),
    Case.Kind.WITHDRAWAL_LATE: _("By itself, when the request for money back is decided."),
    Case.Kind.COMPROMISED: _("By itself, when the freeze is lifted on the customer's page."),
    Case.Kind.PROVIDER_PAUSED: _("By itself, when the provider is resumed on its page."),
}


@admin.register(OutboundMail)
class OutboundMailAdmin(ReadOnlyAdmin[OutboundMail]):
    """A text may hold a link as good as a password: only superusers read it."""

    list_display = _MAIL_FACTS
    search_fields = ["recipient", "subject"]
    search_help_text = _("A part of the recipient's address or of the subject")
    ordering = ["-pk"]

    def get_fields(
        self, request: HttpRequest, obj: OutboundMail | None = None
    ) -> _ListOrTuple[str | _ListOrTuple[str]]:
        text = ["body"] if staff_member(request).is_superuser else []
        return ["key", *_MAIL_FACTS, "next_attempt_at", *text]


class CaseStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("open", gettext("Open")), ("closed", gettext("Closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        state = self.value()
        return queryset.filter(resolved_at__isnull=state == "open") if state else queryset


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin[Case]):
    """Staff close a case by writing what they decided; some close only with their cause."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_display = ["kind", "about", "in_words", "opened_at", "due_at", "resolved_at"]
    list_filter = [CaseStateFilter, "kind"]
    search_fields = ["=key"]
    search_help_text = _("What a case is about, in full: order:17 or provider:3")
    # Open ones first, the oldest before the others; then what was closed last.
    ordering = [F("resolved_at").desc(nulls_first=True), "opened_at"]
    readonly_fields = ["kind", "about", "in_words", "opened_at", "due_at", "resolved_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **options: Any
    ) -> FormField | None:
        """A case that closes without a word decides nothing."""
        if db_field.name == "resolution":
            options |= {"required": True, "help_text": _("What was decided. Saving closes it.")}
        return super().formfield_for_dbfield(db_field, request, **options)

    def has_change_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        is_for_hands = obj is None or (obj.resolved_at is None and obj.kind not in _CLOSING)
        return is_for_hands and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        return False

    def get_fields(
        self, request: HttpRequest, obj: Case | None = None
    ) -> _ListOrTuple[str | _ListOrTuple[str]]:
        closes = ["closes"] if obj and obj.resolved_at is None and obj.kind in _CLOSING else []
        return [*self.readonly_fields, *closes, "resolution"]

    def get_readonly_fields(self, request: HttpRequest, obj: Case | None = None) -> list[str]:
        return [*self.readonly_fields, "closes"]

    @admin.display(description=_("about"), ordering="key")
    def about(self, case: Case) -> str:
        """What the key names, as a link to it."""
        what, _colon, number = case.key.partition(":")
        return _link(what, number) or case.key

    @admin.display(description=_("detail"))
    def in_words(self, case: Case) -> str:
        """A link where it names something: "ticket 17". Apps above know what their codes mean."""
        what, _space, number = case.detail.partition(" ")
        if link := _link(what, number):
            return link
        words: Callable[[str], str] = import_string(settings.CASE_DETAIL_WORDS)
        return words(case.detail)

    @admin.display(description=_("closes"))
    def closes(self, case: Case) -> str:
        return str(_CLOSING.get(case.kind, ""))

    def save_model(
        self, request: HttpRequest, obj: Case, form: ModelForm[Case], change: bool
    ) -> None:
        kind = Case.Kind(obj.kind)
        cases.resolve_case(kind=kind, key=obj.key, resolution=obj.resolution, at=timezone.now())
        log_act(
            actor=staff_member(request),
            act="resolve case",
            target=f"case:{obj.pk}",
            reason=obj.resolution,
            ip=client_ip(request),
        )


def _link(what: str, number: str) -> str:
    """To the page of such a thing; "" where there is none."""
    pages = {**settings.LEDGER_ADMIN_PAGES, **_PAGES}
    if what not in pages or not number.isdecimal():
        return ""
    words = _NAMES.get(what, f"{what.capitalize()} {{number}}").format(number=number)
    return format_html('<a href="{}">{}</a>', reverse(pages[what], args=[number]), words)


@admin.register(ActLog)
class ActLogAdmin(ReadOnlyAdmin[ActLog]):
    list_display = _ACT_FACTS
    list_select_related = ["actor"]
    search_fields = ["=target", "act"]
    search_help_text = _("What it was done to, in full (user:17, order:17), or a part of the act")
    ordering = ["-pk"]
    fields = (*_ACT_FACTS, "changes", "ip")
