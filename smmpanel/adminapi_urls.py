"""The Admin API of the trade: each app hosts its own paths. Source: docs/admin-api.md."""

from django.urls import include, path

from accounts.adminapi.serving import unknown_path

urlpatterns = [
    path("", include("accounts.adminapi.urls")),
    path("", include("wallet.adminapi.urls")),
    path("", include("orders.adminapi.urls")),
    path("", include("tickets.adminapi.urls")),
    path("<path:path>", unknown_path, name="adminapi_unknown"),
]
