from django.urls import path

from wallet.adminapi import payments

urlpatterns = [
    path("payments", payments.payment_list, name="adminapi_payments"),
    path("payments/add", payments.payment_add, name="adminapi_payment_add"),
]
