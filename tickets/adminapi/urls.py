from django.urls import path

from tickets.adminapi import conversations

urlpatterns = [
    path("tickets", conversations.ticket_list, name="adminapi_tickets"),
    path("tickets/add", conversations.ticket_add, name="adminapi_ticket_add"),
    path(
        "tickets/<int:ticket_id>/messages",
        conversations.ticket_messages,
        name="adminapi_ticket_messages",
    ),
]
