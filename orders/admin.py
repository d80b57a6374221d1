"""Orders and submissions for looking up: their status and money are written by acts, never here."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.readonly import CappedPaginator, ReadOnlyAdmin, ReadOnlyInline
from orders.models import Order, OrderEvent, Submission
from wallet.money import display


class SubmissionInline(ReadOnlyInline[Submission, Order]):
    model = Submission
    fields = ("started_at", "provider", "state", "reason", "external_id", "candidate_id", "excerpt")


class OrderEventInline(ReadOnlyInline[OrderEvent, Order]):
    model = OrderEvent
    fields = ("at", "kind", "detail", "actor")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin[Order]):
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    list_display = ("id", "customer", "service", "status", "charge", "refunded", "created_at")
    list_filter = ("status", "channel", "provider")
    list_select_related = ("customer", "service")
    search_fields = ("=id", "=external_id", "customer__email__iexact", "=link")
    inlines = (SubmissionInline, OrderEventInline)
    view_on_site = False
    fields = (
        "customer", "service", "publication", "channel", "link", "quantity", "rate", "charge",
        "due", "refunded", "transfers", "status", "not_before", "provider", "external_id",
        "start_count", "remains", "next_poll_at", "poll_failures", "was_cut_short",
        "created_at", "sent_at", "finished_at", "idempotency_key", "parameters", "snapshot",
    )  # fmt: skip

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

    @admin.display(description=_("ledger"))
    def transfers(self, order: Order) -> SafeString:
        address = reverse("admin:wallet_transfer_changelist")
        return format_html(
            '<a href="{}?q={}">{}</a>', address, order.reference, _("Transfers of this order")
        )


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin[Submission]):
    paginator = CappedPaginator
    show_full_result_count = False
    ordering = ("-pk",)
    list_display = ("id", "order", "provider", "state", "reason", "started_at", "external_id")
    list_filter = ("state", "provider")
    list_select_related = ("order", "provider")
    search_fields = ("=order__id", "=external_id", "=candidate_id")
