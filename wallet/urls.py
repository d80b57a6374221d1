from django.urls import path

from wallet.pages import (
    alert_views,
    card_views,
    currency_views,
    deposit_views,
    payback_views,
    views,
)

app_name = "wallet"

urlpatterns = [
    path("", views.wallet, name="wallet"),
    path("automatic/", card_views.automatic, name="automatic"),
    path("automatic/off/", card_views.automatic_off, name="automatic_off"),
    path("automatic/card/<int:card_id>/remove/", card_views.card_remove, name="card_remove"),
    path("currency/", currency_views.currency, name="currency"),
    path("alert/", alert_views.alert, name="alert"),
    path("top-up/", deposit_views.top_up, name="top_up"),
    path("payback/", payback_views.payback, name="payback"),
    path(
        "withdrawals/<int:withdrawal_id>/cancel/",
        payback_views.withdrawal_cancel,
        name="withdrawal_cancel",
    ),
    path("deposits/<int:deposit_id>/", deposit_views.deposit_detail, name="deposit_detail"),
    path("deposits/<int:deposit_id>/cancel/", deposit_views.deposit_cancel, name="deposit_cancel"),
    path("deposits/<int:deposit_id>/bank/", deposit_views.bank_payment, name="bank_payment"),
    path("deposits/<int:deposit_id>/bank/proof/", deposit_views.bank_proof, name="bank_proof"),
    path("deposits/<int:deposit_id>/receipt.pdf", deposit_views.receipt_pdf, name="receipt_pdf"),
]
