from django.urls import path

from tickets.rest import views

urlpatterns = [
    path("tickets", views.TicketsView.as_view(), name="api_v3_tickets"),
    path("tickets/<int:ticket_id>", views.TicketView.as_view(), name="api_v3_ticket"),
    path(
        "tickets/<int:ticket_id>/messages",
        views.MessagesView.as_view(),
        name="api_v3_messages",
    ),
]
