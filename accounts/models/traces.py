"""What is remembered about people beyond their account: log-ins, and who may not come back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Login(models.Model):
    """One log-in: evidence in a disputed payment (CHB-06), erased with the activity log."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="logins"
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("log-in")
        verbose_name_plural = _("log-ins")
        indexes = [models.Index(fields=["user", "-id"], name="accounts_login_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.at:%Y-%m-%d %H:%M}"


class Ban(models.Model):
    """An e-mail address or a card that may not be used here again (ACC-07). Only a keyed hash is
    kept: the list tells nobody's address. Who shares one has a row of his own, so that lifting the
    bans of one account leaves the other's."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail address")
        CARD = "card", _("Card")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    digest = models.CharField(max_length=64, editable=False)
    # Whose account it came from.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bans"
    )
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        constraints = [
            models.UniqueConstraint(fields=["kind", "digest", "user"], name="accounts_ban_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.user_id}"
