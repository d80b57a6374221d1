from django.urls import path

from wallet import webhooks

urlpatterns = [path("stripe/", webhooks.stripe_webhook, name="stripe_webhook")]
