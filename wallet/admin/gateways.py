"""What gateways told and booked, and the money of nobody. To look at; one act: trying again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.http import client_ip, staff_member
from wallet import currencies
from wallet.admin.books import BooksAdmin
from wallet.models import ClearingEntry, GatewayEvent, UnmatchedPayment
from wallet.models.events import GatewayEventQuerySet
from wallet.money import display
from wallet.retrying import retry


@admin.register(GatewayEvent)
class GatewayEventAdmin(BooksAdmin[GatewayEvent]):
    list_display = (
        "id", "received_at", "gateway", "kind", "event_id", "outcome", "attempts", "last_error",
    )  # fmt: skip
    list_filter = ("outcome", "gateway", "is_live_mode")
    search_fields = ("event_id__exact", "kind__exact")
    search_help_text = _("A whole event number or kind, or a number of the gateway's (pi_, re_, …)")
    fields = (
        "gateway", "event_id", "kind", "is_live_mode", "received_at", "outcome", "processed_at",
        "attempts", "next_attempt_at", "last_error", "payload",
    )  # fmt: skip
    actions = ("retry",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[GatewayEvent], search_term: str
    ) -> tuple[QuerySet[GatewayEvent], bool]:
        """Events about an object, too: the index on the content answers for that."""
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        if search_term and isinstance(queryset, GatewayEventQuerySet):
            about = queryset.about([search_term.strip()]).values("pk")
            found = queryset.filter(pk__in=found.values("pk")) | queryset.filter(pk__in=about)
        return found, has_duplicates

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("wallet.propose_money")

    @admin.action(description=_("Try again what was given up"), permissions=["retry"])
    def retry(self, request: HttpRequest, events: QuerySet[GatewayEvent]) -> None:
        tried = [
            event
            for event in events
            if retry(
                event_id=event.pk,
                by=staff_member(request),
                at=timezone.now(),
                ip=client_ip(request),
            )
        ]
        words = _now("%(count)d of them had been given up, and are tried again.")
        self.message_user(request, words % {"count": len(tried)}, messages.SUCCESS)


@admin.register(UnmatchedPayment)
class UnmatchedPaymentAdmin(BooksAdmin[UnmatchedPayment]):
    list_display = ("id", "seen_at", "gateway", "payment_id", "amount", "reason", "resolved_at")
    list_filter = ("gateway", "reason", ("resolved_at", admin.EmptyFieldListFilter))
    search_fields = ("payment_id__exact",)
    search_help_text = _("A whole number of a payment")
    fields = (
        "gateway", "payment_id", "amount", "reason", "deposit", "seen_at", "reversed_at",
        "resolved_at", "resolved_by", "resolution",
    )  # fmt: skip

    @admin.display(description=_("amount"))
    def amount(self, payment: UnmatchedPayment) -> str:
        return currencies.in_words(payment.amount_coins, payment.currency)


@admin.register(ClearingEntry)
class ClearingEntryAdmin(BooksAdmin[ClearingEntry]):
    list_display = ("entry_id", "created_at", "gateway", "kind", "source_id", "gross", "fee")
    list_filter = ("gateway", "kind")
    search_fields = ("entry_id__exact", "source_id__exact")
    search_help_text = _("A whole number of an entry, or of what it is about")
    fields = (
        "gateway", "entry_id", "kind", "source_id", "gross", "fee", "currency", "created_at",
    )  # fmt: skip

    @admin.display(description=_("gross"))
    def gross(self, entry: ClearingEntry) -> str:
        return display(entry.gross_micros)

    @admin.display(description=_("fee"))
    def fee(self, entry: ClearingEntry) -> str:
        return display(entry.fee_micros)
