from django.urls import include, path

from orders.pages import (
    bulk_views,
    claim_views,
    followup_views,
    list_views,
    mass_views,
    new_views,
    plan_views,
    spending_views,
    views,
    webhook_help,
    webhook_message_views,
    webhook_views,
    withdrawal_views,
)

app_name = "orders"

webhook_urls = [
    path("", webhook_views.webhook_detail, name="webhook_detail"),
    path("edit/", webhook_views.webhook_edit, name="webhook_edit"),
    path("secret/", webhook_views.webhook_secret, name="webhook_secret"),
    path("pause/", webhook_views.webhook_pause, name="webhook_pause"),
    path("resume/", webhook_views.webhook_resume, name="webhook_resume"),
    path("delete/", webhook_views.webhook_delete, name="webhook_delete"),
    path("test/", webhook_message_views.webhook_test, name="webhook_test"),
    path("replay/", webhook_message_views.webhook_replay, name="webhook_replay"),
    path(
        "messages/<int:message_id>/", webhook_message_views.webhook_message, name="webhook_message"
    ),
]

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("orders/", list_views.order_list, name="order_list"),
    path("orders/export.csv", list_views.order_export, name="order_export"),
    path("orders/bulk/", bulk_views.order_bulk, name="order_bulk"),
    path("orders/spending/", spending_views.spending, name="spending"),
    path("orders/new/", new_views.order_new, name="order_new"),
    path("orders/mass/", mass_views.order_mass, name="order_mass"),
    path("orders/plans/", plan_views.plan_list, name="plan_list"),
    path("orders/plans/<int:repeat_id>/agree/", plan_views.repeat_agree, name="repeat_agree"),
    path("orders/plans/<int:repeat_id>/cancel/", plan_views.repeat_cancel, name="repeat_cancel"),
    path("orders/<int:order_id>/stop/", plan_views.order_stop, name="order_stop"),
    path("orders/<int:order_id>/repeat/", plan_views.order_repeat, name="order_repeat"),
    path("orders/<int:order_id>/", views.order_detail, name="order_detail"),
    path("orders/<int:order_id>/cancel/", followup_views.order_cancel, name="order_cancel"),
    path("orders/<int:order_id>/refill/", followup_views.order_refill, name="order_refill"),
    path("orders/<int:order_id>/speed-up/", followup_views.order_speed_up, name="order_speed_up"),
    path("orders/<int:order_id>/claim/", claim_views.order_claim, name="order_claim"),
    path("orders/<int:order_id>/withdraw/", withdrawal_views.order_withdraw, name="order_withdraw"),
    path("orders/withdraw/", withdrawal_views.withdrawal, name="withdrawal"),
    path("orders/withdraw/<str:token>/", withdrawal_views.withdrawal_link, name="withdrawal_link"),
    path("account/webhooks/", webhook_views.webhooks, name="webhooks"),
    path("account/webhooks/help/", webhook_help.webhook_help, name="webhook_help"),
    path("account/webhooks/<int:endpoint_id>/", include(webhook_urls)),
]
