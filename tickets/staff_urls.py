from django.urls import path

from tickets import claim_views, staff

app_name = "staff_tickets"

urlpatterns = [
    path("", staff.inbox, name="inbox"),
    path("<int:ticket_id>/", staff.ticket, name="ticket"),
    path("<int:ticket_id>/assign/", staff.assign, name="assign"),
    path("<int:ticket_id>/close/", staff.close, name="close"),
    path("<int:ticket_id>/claim/", claim_views.claim, name="claim"),
]
