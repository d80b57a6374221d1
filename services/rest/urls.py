from django.urls import path

from services.rest import views

urlpatterns = [
    path("services", views.ServicesView.as_view(), name="api_v3_services"),
    path("services/<int:service_id>", views.ServiceView.as_view(), name="api_v3_service"),
]
