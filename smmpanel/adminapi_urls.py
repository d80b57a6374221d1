"""The Admin API of the trade: each app hosts its own paths. Source: docs/admin-api.md."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.adminapi.serving import unknown_path

_V2: list[URLPattern | URLResolver] = [
    path("", include("accounts.adminapi.urls")),
    path("", include("wallet.adminapi.urls")),
    path("", include("orders.adminapi.urls")),
    path("", include("tickets.adminapi.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("v2/", include(_V2)),
    # Whatever else is asked for, line breaks too, which no converter of paths takes.
    re_path(r"^[\s\S]*$", unknown_path, name="adminapi_unknown"),
]
