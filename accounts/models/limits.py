"""What too many calls of programs led to (API-01)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiBreach(models.Model):
    """A window of an account in which calls were refused, however many they were."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # When the window was opened: one window is one breach.
    window_at = models.DateTimeField(_("window"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("breach of the API's limit")
        verbose_name_plural = _("breaches of the API's limit")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "window_at"], name="accounts_apibreach_once_a_window"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at:%Y-%m-%d %H:%M}"


class ApiSuspensionQuerySet(models.QuerySet["ApiSuspension"]):
    def running(self, *, at: datetime) -> ApiSuspensionQuerySet:
        """What keeps programs out at this moment."""
        lasting = models.Q(ends_at=None) | models.Q(ends_at__gt=at)
        return self.filter(lasting, lifted_at=None)


class ApiSuspension(models.Model):
    """A time in which an account's programs are refused and its pages go on."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_suspensions"
    )
    began_at = models.DateTimeField(_("began"))
    # None: for good, until staff lift it.
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    # None: the panel itself, after too many breaches.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    objects = ApiSuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suspension of API access")
        verbose_name_plural = _("suspensions of API access")

    def __str__(self) -> str:
        return f"{self.user_id} since {self.began_at:%Y-%m-%d %H:%M}"
