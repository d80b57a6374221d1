from django.urls import path

from accounts import operator_pages

app_name = "staff_api"

urlpatterns = [
    path("", operator_pages.operator_key_list, name="operator_key_list"),
    path(
        "<int:operator_key_id>/revoke/",
        operator_pages.operator_key_revoke,
        name="operator_key_revoke",
    ),
]
