from django.urls import path

from wallet.rest import views

urlpatterns = [
    path("balance", views.BalanceView.as_view(), name="api_v3_balance"),
    path("statement", views.StatementView.as_view(), name="api_v3_statement"),
]
