from django.urls import path

from orders.rest import request_views as requests
from orders.rest import views, webhooks

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
    path("webhooks", webhooks.WebhooksView.as_view(), name="api_v3_webhooks"),
    path("webhooks/<int:webhook_id>", webhooks.WebhookView.as_view(), name="api_v3_webhook"),
    path(
        "webhooks/<int:webhook_id>/secret",
        webhooks.WebhookSecretView.as_view(),
        name="api_v3_webhook_secret",
    ),
    path(
        "webhooks/<int:webhook_id>/test",
        webhooks.WebhookTestView.as_view(),
        name="api_v3_webhook_test",
    ),
    path(
        "webhooks/<int:webhook_id>/replay",
        webhooks.WebhookReplayView.as_view(),
        name="api_v3_webhook_replay",
    ),
    path(
        "webhooks/<int:webhook_id>/messages",
        webhooks.MessagesView.as_view(),
        name="api_v3_webhook_messages",
    ),
    path(
        "webhooks/<int:webhook_id>/messages/<int:message_id>",
        webhooks.MessageView.as_view(),
        name="api_v3_webhook_message",
    ),
    path(
        "webhooks/<int:webhook_id>/messages/<int:message_id>/replay",
        webhooks.MessageReplayView.as_view(),
        name="api_v3_webhook_message_replay",
    ),
]
