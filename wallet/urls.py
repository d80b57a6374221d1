from django.urls import path

from wallet import demo_views, views

app_name = "wallet"

urlpatterns = [
    path("", views.wallet, name="wallet"),
    path("top-up/", views.top_up, name="top_up"),
    path("deposits/<int:deposit_id>/", views.deposit_detail, name="deposit_detail"),
    path("demo-pay/<int:deposit_id>/", demo_views.demo_pay, name="demo_pay"),
]
