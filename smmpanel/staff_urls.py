from django.urls import include, path

from smmpanel import staff_views

urlpatterns = [
    path("", staff_views.staff_home, name="staff_home"),
    path("orders/", include("orders.staff_urls")),
    path("catalogue/", include("services.staff_urls")),
    path("tickets/", include("tickets.staff_urls")),
    path("api/", include("accounts.staff_urls")),
    path("payments/", include("wallet.staff.urls")),
]
