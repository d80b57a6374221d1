from django.urls import path

from orders.rest import request_views as requests
from orders.rest import views

urlpatterns = [
    path("balance", views.BalanceView.as_view(), name="api_v3_balance"),
    path("orders", views.OrdersView.as_view(), name="api_v3_orders"),
    path("orders/quote", views.QuoteView.as_view(), name="api_v3_quote"),
    path("orders/batch", views.BatchView.as_view(), name="api_v3_batch"),
    path("orders/<int:order_id>", views.OrderView.as_view(), name="api_v3_order"),
    path(
        "orders/<int:order_id>/refill",
        requests.OrderRefillView.as_view(),
        name="api_v3_order_refill",
    ),
    path(
        "orders/<int:order_id>/cancel",
        requests.OrderCancelView.as_view(),
        name="api_v3_order_cancel",
    ),
    path("refills", requests.RefillsView.as_view(), name="api_v3_refills"),
    path("refills/<int:refill_id>", requests.RefillView.as_view(), name="api_v3_refill"),
    path("cancels", requests.CancelsView.as_view(), name="api_v3_cancels"),
    path("cancels/<int:cancel_id>", requests.CancelView.as_view(), name="api_v3_cancel"),
]
