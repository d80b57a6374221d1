from django.urls import path

from orders.api import calls, docs, status, v2

urlpatterns = [
    path("v2", v2.api_v2, name="api_v2"),
    # The other spelling of the same address: a redirect would lose the body of a POST.
    path("v2/", v2.api_v2),
    path("docs/", docs.api_docs, name="api_docs"),
    path("docs/panel-orders.php", docs.wordpress_plugin, name="api_wordpress"),
    path("calls/", calls.api_calls, name="api_calls"),
    path("status/", status.api_status, name="api_status"),
]
