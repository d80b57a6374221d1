"""What payment gateways tell, payments that fit no top-up, and the gateways' own books."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wallet.models.deposits import Deposit


class GatewayEventQuerySet(models.QuerySet["GatewayEvent"]):
    def about(self, numbers: Collection[str]) -> GatewayEventQuerySet:
        """Events whose object has one of the gateway's numbers, the earliest first."""
        rows = self.annotate(object_id=KT("payload__data__object__id"))
        return rows.filter(object_id__in=numbers).order_by("pk")

    def due(self, *, at: datetime) -> GatewayEventQuerySet:
        """Events that no worker has carried out, and none is busy with, the oldest first."""
        waiting = self.filter(outcome=GatewayEvent.Outcome.WAITING, next_attempt_at__lte=at)
        return waiting.order_by("pk")


class GatewayEvent(models.Model):
    """A webhook delivery that passed its signature, as it came; stored once per event id. The row
    is the queue: what a worker has not carried out yet waits here."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPLIED = "applied", _("Applied")
        IGNORED = "ignored", _("Ignored")
        FAILED = "failed", _("Given up")

    gateway = models.CharField(_("gateway"), max_length=20)
    event_id = models.CharField(_("event"), max_length=120)
    kind = models.CharField(_("kind"), max_length=80)
    is_live_mode = models.BooleanField(_("live mode"))
    payload = models.JSONField(_("content"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    outcome = models.CharField(
        _("outcome"), max_length=8, choices=Outcome, default=Outcome.WAITING, editable=False
    )
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # The pause after an attempt is also the lease of the worker that makes it.
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)

    objects = GatewayEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("gateway event")
        verbose_name_plural = _("gateway events")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="wallet_gatewayevent_due",
                condition=Q(outcome="waiting"),
            ),
            # Which events were about a payment, refund or dispute.
            models.Index(KT("payload__data__object__id"), name="wallet_gatewayevent_about"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="wallet_gatewayevent_once")
        ]

    def __str__(self) -> str:
        return f"{self.gateway}:{self.event_id}"


class UnmatchedPaymentQuerySet(models.QuerySet["UnmatchedPayment"]):
    def open(self) -> UnmatchedPaymentQuerySet:
        return self.filter(resolved_at=None)


class UnmatchedPayment(models.Model):
    """Money at a gateway that was credited to nobody: somebody has to look at it.

    The amount is in the smallest coins of its own currency, since it may not be the ledger's.
    """

    class Reason(models.TextChoices):
        NO_DEPOSIT = "no_deposit", _("No top-up asked for it")
        OTHER_PAYMENT = "other_payment", _("Its top-up was paid by another payment")
        CURRENCY = "currency", _("Another currency")
        BANNED_CARD = "banned_card", _("A banned card")

    gateway = models.CharField(_("gateway"), max_length=20)
    payment_id = models.CharField(_("payment"), max_length=120)
    amount_coins = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason)
    deposit = models.ForeignKey(
        Deposit, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    seen_at = models.DateTimeField(_("seen"), default=timezone.now)
    # Set once, also when the refund fails or the dispute is won: people look at it either way.
    reversed_at = models.DateTimeField(_("paid back or questioned"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    resolution = models.CharField(_("resolution"), max_length=200, blank=True)

    objects = UnmatchedPaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("unmatched payment")
        verbose_name_plural = _("unmatched payments")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "payment_id"], name="wallet_unmatched_once")
        ]

    def __str__(self) -> str:
        return f"{self.gateway}:{self.payment_id}"


class ClearingEntry(models.Model):
    """One line of a gateway's own books (a balance transaction), to hold ours against.

    Amounts are signed micros as the gateway writes them: what came in is positive.
    """

    gateway = models.CharField(_("gateway"), max_length=20)
    entry_id = models.CharField(_("entry"), max_length=120)
    kind = models.CharField(_("kind"), max_length=40)
    source_id = models.CharField(_("about"), max_length=120, blank=True)
    gross_micros = models.BigIntegerField(_("gross"))
    fee_micros = models.BigIntegerField(_("fee"))
    currency = models.CharField(_("currency"), max_length=3)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("clearing entry")
        verbose_name_plural = _("clearing entries")
        indexes = [models.Index(fields=["gateway", "created_at"], name="wallet_clearing_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "entry_id"], name="wallet_clearing_once")
        ]

    def __str__(self) -> str:
        return f"{self.gateway}:{self.entry_id}"
