"""Orders and submissions for looking up: their status and money are written by acts, never here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.admin.logged import LoggedAdmin
from accounts.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from orders.models import BlockedTerm, Order, OrderEvent, Status, Submission
from orders.placing.screening import fold, fold_host
from orders.staff import finding
from orders.staff import words as staff_words
from wallet.money import display


class StatusFilter(admin.SimpleListFilter):
    """In the words of staff: customers read "Pending" of several states."""

    title = _("status")
    parameter_name = "status"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(status.value, staff_words.status_words(status)) for status in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        status = self.value()
        return queryset.filter(status=status) if status else queryset


class SubmissionInline(ReadOnlyInline[Submission, Order]):
    model = Submission
    fields = ("started_at", "provider", "state", "why", "external_id", "candidate_id", "excerpt")

    @admin.display(description=_("reason"))
    def why(self, attempt: Submission) -> str:
        return staff_words.reason_words(attempt.reason)


class OrderEventInline(ReadOnlyInline[OrderEvent, Order]):
    model = OrderEvent
    fields = ("at", "kind", "facts", "actor")

    @admin.display(description=_("detail"))
    def facts(self, event: OrderEvent) -> str:
        return staff_words.event_words(event)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin[Order]):
    list_per_page = 50
    ordering = ("-pk",)
    list_display = ("id", "customer", "service", "state", "charge", "refunded", "created_at")
    list_filter = (StatusFilter, "channel", "provider")
    list_select_related = ("customer", "service")
    # Shows the box: what is found is a matter of `get_search_results`.
    search_fields = ("id",)
    search_help_text = _(
        "A whole number of ours or of the provider, the customer's e-mail or the link"
    )
    inlines = (SubmissionInline, OrderEventInline)
    view_on_site = False
    fields = (
        "customer", "service", "publication", "channel", "link", "quantity", "rate", "charge",
        "due", "refunded", "transfers", "state", "not_before", "provider", "external_id",
        "start_count", "remains", "next_check", "poll_failures", "was_cut_short",
        "created_at", "sent_at", "finished_at", "idempotency_key", "parameters", "ordered",
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Each kind of words by its own index; no text is compared with that of every order."""
        words = search_term.strip()
        return (queryset.filter(finding.orders_for(words)) if words else queryset), False

    @admin.display(description=_("next check"))
    def next_check(self, order: Order) -> datetime | None:
        return order.next_check_at

    @admin.display(description=_("status"), ordering="status")
    def state(self, order: Order) -> str:
        return staff_words.status_words(order.status)

    @admin.display(description=_("price per 1000"))
    def rate(self, order: Order) -> str:
        return display(order.rate_micros)

    @admin.display(description=_("refund due"))
    def due(self, order: Order) -> str:
        return display(order.due_micros)

    @admin.display(description=_("charge"), ordering="charge_micros")
    def charge(self, order: Order) -> str:
        return display(order.charge_micros)

    @admin.display(description=_("refunded"), ordering="refunded_micros")
    def refunded(self, order: Order) -> str:
        return display(order.refunded_micros)

    @admin.display(description=_("service as ordered"))
    def ordered(self, order: Order) -> SafeString:
        return format_html_join(mark_safe("<br>"), "{}: {}", staff_words.snapshot_words(order))

    @admin.display(description=_("ledger"))
    def transfers(self, order: Order) -> SafeString:
        address = reverse("admin:wallet_transfer_changelist")
        return format_html(
            '<a href="{}?q={}">{}</a>', address, order.reference, _("Transfers of this order")
        )


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin[Submission]):
    ordering = ("-pk",)
    list_display = ("id", "order", "provider", "state", "why", "started_at", "external_id")
    list_filter = ("state", "provider")
    list_select_related = ("order", "provider")
    search_fields = ("id",)
    search_help_text = _("A whole number: of the order, or of the provider's answer")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Submission], search_term: str
    ) -> tuple[QuerySet[Submission], bool]:
        words = search_term.strip()
        return (queryset.filter(finding.submissions_for(words)) if words else queryset), False

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, attempt: Submission) -> str:
        return staff_words.reason_words(attempt.reason)


class BlockedTermForm(forms.ModelForm[BlockedTerm]):
    class Meta:
        model = BlockedTerm
        fields = ("kind", "text", "note")
        help_texts = {
            "kind": _("A host stops everything below it as well."),
            "text": _(
                "A host such as bad.example, or a word. Letter case, accents and encodings of a "
                "link make no difference."
            ),
        }

    def clean_text(self) -> str:
        """As it is compared, so that the same term is not there twice."""
        text: str = self.cleaned_data["text"]
        if self.cleaned_data.get("kind") == BlockedTerm.Kind.HOST:
            host = fold_host(text)
            if "." not in host or "/" in host:
                raise forms.ValidationError(
                    _("Enter a host alone, such as bad.example, without http and path.")
                )
            return host
        if not (word := " ".join(fold(text).split())):
            raise forms.ValidationError(_("Enter a word."))
        return word


@admin.register(BlockedTerm)
class BlockedTermAdmin(LoggedAdmin[BlockedTerm]):
    form = BlockedTermForm
    list_display = ("text", "kind", "note")
    list_filter = ("kind",)
    search_fields = ("text", "note")
