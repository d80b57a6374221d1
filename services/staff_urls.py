"""Where staff keep the catalogue: providers, price lists, prices."""

from __future__ import annotations

from django.urls import URLPattern, path

from services.staff import file_pages, health_pages

app_name = "staff_services"

urlpatterns: list[URLPattern] = [
    path("files/", file_pages.files, name="files"),
    path("files/<slug:kind>/", file_pages.download, name="file_download"),
    path("files/<slug:kind>/check/", file_pages.check, name="file_check"),
    path("files/<slug:kind>/apply/", file_pages.apply, name="file_apply"),
    path("health/", health_pages.health_list, name="health_list"),
    path("health/<int:provider_id>/", health_pages.health_detail, name="health_detail"),
    path("health/<int:provider_id>/pause/", health_pages.health_pause, name="health_pause"),
    path("health/<int:provider_id>/resume/", health_pages.health_resume, name="health_resume"),
    path("health/<int:provider_id>/try/", health_pages.health_try, name="health_try"),
    path("health/<int:provider_id>/ask/", health_pages.health_ask, name="health_ask"),
]
