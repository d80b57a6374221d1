"""Looking up only: tickets are answered, assigned and closed at the desk, by `conversation`."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from tickets.models import Message, Ticket


class MessageInline(admin.TabularInline[Message, Ticket]):
    model = Message
    fields = readonly_fields = ("created_at", "author", "is_from_staff", "text")
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        return False


@admin.register(Ticket)
class TicketAdmin(admin.ModelAdmin[Ticket]):
    list_display = ("id", "subject", "customer", "topic", "order_id", "state", "assignee")
    list_display_links = ("id", "subject")
    list_filter = ("state", "topic")
    list_select_related = ("customer", "assignee")
    search_fields = ("id__exact", "order__id__exact", "customer__email")
    search_help_text = "Number of a ticket or an order, or an e-mail"
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (MessageInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Ticket | None = None) -> bool:
        return False
