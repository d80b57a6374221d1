"""How providers answer: what was measured, what the panel asks by itself, and when they did not."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.providers import Provider


class ProviderHealth(models.Model):
    """How a provider answered of late: measured by `orders`, which sends; read by every page.

    Counts and times are of the last 24 hours, what was spent of the last seven days in millionths
    of the provider's currency."""

    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, related_name="health")
    sent = models.PositiveIntegerField(_("orders sent"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    failed = models.PositiveIntegerField(_("without an answer"), default=0)
    latency_ms = models.PositiveIntegerField(_("usual time to answer"), null=True)
    slow_latency_ms = models.PositiveIntegerField(_("95 of 100 answer within"), null=True)
    spent_micros = models.BigIntegerField(_("spent in a week"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    last_error_at = models.DateTimeField(_("last error at"), null=True)
    # Orders that have not left for it yet.
    waiting = models.PositiveIntegerField(_("orders waiting"), default=0)
    waiting_since = models.DateTimeField(_("the oldest waits since"), null=True)
    # The newest ten attempts that were refused or got no answer: at, order, reason, said.
    recent_errors = models.JSONField(_("recent errors"), default=list)
    measured_at = models.DateTimeField(_("measured"))

    class Meta:
        verbose_name = _("health of a provider")
        verbose_name_plural = _("health of providers")

    def __str__(self) -> str:
        return f"health of provider {self.provider_id}"


class Probe(models.Model):
    """The question about our balance by which the panel sees whether a provider still answers.

    A row of its own: asking must not wait for the lane, whose lock is the provider's row."""

    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, related_name="probe")
    # Empty: a person wants it asked now.
    asked_at = models.DateTimeField(_("asked"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    latency_ms = models.PositiveIntegerField(_("time to answer"), null=True)
    failures = models.PositiveSmallIntegerField(
        _("questions in a row without an answer"), default=0
    )
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    last_error_at = models.DateTimeField(_("last error at"), null=True)
    # It refused our account even this question, and has not told the balance since.
    is_refused = models.BooleanField(_("account refused"), default=False)

    class Meta:
        verbose_name = _("question to a provider")
        verbose_name_plural = _("questions to providers")

    def __str__(self) -> str:
        return f"probe of provider {self.provider_id}"


class Outage(models.Model):
    """A time in which a provider did not answer: told once when it begins and once at its end."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="outages")
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # It answers again; the outage ends when that has lasted.
    well_since = models.DateTimeField(_("answers again since"), null=True, blank=True)

    class Meta:
        verbose_name = _("outage of a provider")
        verbose_name_plural = _("outages of providers")
        indexes = [models.Index(fields=["provider", "-began_at"], name="services_outage_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                name="services_outage_one_open",
                condition=Q(ended_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"outage of provider {self.provider_id}"
