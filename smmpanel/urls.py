from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from smmpanel import demo_views, rest_docs, views

urlpatterns: list[URLPattern | URLResolver] = [
    # First, because the list is looked through from its top: resellers' programs call most.
    path("api/", include("orders.api.urls")),
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("account/", include("accounts.urls")),
    path("account/compromised/", include("tickets.safety_urls")),
    path("account/", include("allauth.account.urls")),
    path("legal/", include("legal.urls")),
    path("wallet/", include("wallet.urls")),
    path("webhooks/", include("wallet.webhook_urls")),
    path("services/", include("services.urls")),
    path("", include("orders.urls")),
    path("tickets/", include("tickets.urls")),
    path("api/v3/", include("smmpanel.rest_urls")),
    path("api/docs/v3/", rest_docs.api_docs_v3, name="api_docs_v3"),
    path("adminapi/", include("smmpanel.adminapi_urls")),
    path("staff/", include("smmpanel.staff_urls")),
    path("admin/", admin.site.urls),
]

if settings.DEMO:
    urlpatterns.append(path("demo/mail/", demo_views.mail_list, name="demo_mail"))

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error
