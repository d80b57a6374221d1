from django.urls import path

from wallet import alert_views, views

app_name = "wallet"

urlpatterns = [
    path("", views.wallet, name="wallet"),
    path("alert/", alert_views.alert, name="alert"),
    path("top-up/", views.top_up, name="top_up"),
    path("deposits/<int:deposit_id>/", views.deposit_detail, name="deposit_detail"),
]
