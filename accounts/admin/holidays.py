"""Days on which no clock of a promise runs (WDR-11, TCK-03)."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.logged import LoggedAdmin
from accounts.models import Holiday


@admin.register(Holiday)
class HolidayAdmin(LoggedAdmin[Holiday]):
    """What is promised from now on counts them; a moment that was promised stays."""

    list_display = ("on", "name")
    search_fields = ("name",)
    ordering = ("-on",)
