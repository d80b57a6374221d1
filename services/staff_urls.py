"""Where staff keep the catalogue: providers, price lists, prices."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "staff_services"

urlpatterns: list[URLPattern] = []
