"""Looking up only: tickets are answered, assigned and closed at the desk, by `conversation`."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.readonly import CappedPaginator, ReadOnlyAdmin, ReadOnlyInline
from tickets.models import Message, Ticket


class MessageInline(ReadOnlyInline[Message, Ticket]):
    model = Message
    # One below the other: a long text in a table's cell would run off the page.
    template = "admin/edit_inline/stacked.html"
    fields = ("created_at", "author", "is_from_staff", "text")


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin[Ticket]):
    list_display = ("id", "subject", "customer", "topic", "order_id", "state", "assignee")
    list_display_links = ("id", "subject")
    list_filter = ("state", "topic")
    list_select_related = ("customer", "assignee")
    search_fields = ("id__exact", "order__id__exact", "customer__email")
    search_help_text = _("Number of a ticket or an order, or an e-mail")
    ordering = ("-id",)
    paginator = CappedPaginator
    show_full_result_count = False
    view_on_site = False  # that page is the customer's own
    inlines = (MessageInline,)
