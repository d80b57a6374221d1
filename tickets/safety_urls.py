"""What a customer does when he is not alone in his account; below /account/."""

from django.urls import path

from tickets import compromised_views

app_name = "safety"

urlpatterns = [
    path("", compromised_views.compromised, name="compromised"),
    path("done/", compromised_views.compromised_done, name="compromised_done"),
]
