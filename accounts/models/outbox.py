"""Mails as committed facts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutboundMailQuerySet(models.QuerySet["OutboundMail"]):
    def due(self, *, at: datetime) -> OutboundMailQuerySet:
        """Mails to send now. As mail servers do, nobody tries for longer than five days."""
        return self.filter(
            sent_at=None, next_attempt_at__lte=at, created_at__gt=at - timedelta(days=5)
        )


class OutboundMail(models.Model):
    """A mail as a committed fact: written with what caused it, sent later, exactly one per key."""

    key = models.CharField(max_length=120, unique=True)
    recipient = models.EmailField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    # A reset link is as good as a password: such a text is erased once the mail has gone out.
    is_secret = models.BooleanField(default=False)
    # Of a mail that somebody asked for and may stop with one click, without logging in.
    unsubscribe_url = models.CharField(max_length=500, blank=True)
    # How many things of one kind it tells of: see accounts.bundling.
    events = models.PositiveIntegerField(_("events"), default=1, db_default=1)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)

    objects = OutboundMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="accounts_mail_due",
                condition=models.Q(sent_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.subject
