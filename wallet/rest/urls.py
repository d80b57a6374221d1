from django.urls import path

from wallet.rest import views

urlpatterns = [
    path("statement", views.StatementView.as_view(), name="api_v3_statement"),
]
