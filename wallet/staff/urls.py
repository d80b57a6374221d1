"""Under /staff/payments/: what staff see and decide about money."""

from django.urls import path

from wallet.staff import payments

app_name = "wallet_staff"

urlpatterns = [
    path("", payments.payments, name="payments"),
    path("<int:deposit_id>/", payments.payment, name="payment"),
]
