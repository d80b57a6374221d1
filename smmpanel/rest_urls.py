"""/api/v3/: each app's own addresses, and its description."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.rest.views import nothing_here
from smmpanel import rest_schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("services.rest.urls")),
    path("", include("orders.rest.urls")),
    path("", include("wallet.rest.urls")),
    path("", include("tickets.rest.urls")),
    path("openapi.yaml", rest_schema.openapi_yaml, name="api_v3_schema"),
    # Whatever else is asked for, line breaks too, which no converter of paths takes.
    re_path(r"^[\s\S]*$", nothing_here, name="api_v3_nothing"),
]
