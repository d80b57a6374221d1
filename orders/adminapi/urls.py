from django.urls import path

from orders.adminapi import orders, work

urlpatterns = [
    path("orders", orders.order_list, name="adminapi_orders"),
    path("orders/pull", work.order_pull, name="adminapi_order_pull"),
    path("orders/update", work.order_update, name="adminapi_order_update"),
    path("orders/resend", orders.order_resend, name="adminapi_order_resend"),
    path("orders/change-status", orders.order_change_status, name="adminapi_order_status"),
    path("orders/request-cancel", orders.order_request_cancel, name="adminapi_order_stop"),
    path("orders/cancel", orders.order_cancel, name="adminapi_order_cancel"),
    path("orders/<int:order_id>", orders.order_detail, name="adminapi_order"),
    path("orders/<int:order_id>/edit-link", orders.order_edit_link, name="adminapi_order_link"),
    path(
        "orders/<int:order_id>/set-partial",
        orders.order_set_partial,
        name="adminapi_order_partial",
    ),
    path("refill/pull", work.refill_pull, name="adminapi_refill_pull"),
    path("refill/change-status", work.refill_change_status, name="adminapi_refill_status"),
    path("cancel/pull", work.cancel_pull, name="adminapi_cancel_pull"),
    path("cancel/reject", work.cancel_reject, name="adminapi_cancel_reject"),
]
