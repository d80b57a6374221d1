from django.urls import path

from tickets import refund_views, views

app_name = "tickets"

urlpatterns = [
    path("", views.ticket_list, name="ticket_list"),
    path("new/", views.ticket_new, name="ticket_new"),
    path("refund-request/", refund_views.refund_request, name="refund_request"),
    path("<int:ticket_id>/", views.ticket_detail, name="ticket_detail"),
    path("<int:ticket_id>/close/", views.ticket_close, name="ticket_close"),
]
