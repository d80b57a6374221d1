"""Payments that are disputed, or that the card's bank warns of (CHB-01 to CHB-08, FRD-06)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wallet.models.deposits import Deposit


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> DisputeQuerySet:
        return self.filter(state__in=Dispute.OPEN)

    def unsettled(self) -> DisputeQuerySet:
        """Open ones, and those that were won whose money has not come back yet."""
        owed = Q(state=Dispute.State.WON, taken_micros__gt=0)
        return self.filter(Q(state__in=Dispute.OPEN) | owed)

    def reversed(self) -> DisputeQuerySet:
        """Formal ones, open or lost: the bank has the money, or will have it."""
        return self.filter(state__in=Dispute.REVERSED)


class Dispute(models.Model):
    """A customer's bank questions a charge. An inquiry freezes money; a formal dispute takes it.

    `taken_micros` is what the books have moved for it and not given back: applying the gateway's
    state again, in whatever order its events came, moves nothing twice.
    """

    class State(models.TextChoices):
        INQUIRY = "inquiry", _("Inquiry")
        FORMAL = "formal", _("Disputed")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")
        CLOSED = "closed", _("Inquiry closed")

    OPEN = (State.INQUIRY, State.FORMAL)
    REVERSED = (State.FORMAL, State.LOST)

    gateway = models.CharField(_("gateway"), max_length=20)
    dispute_id = models.CharField(_("number at the gateway"), max_length=120)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="disputes")
    state = models.CharField(_("state"), max_length=8, choices=State)
    # The gateway's own words, as it gave them.
    gateway_status = models.CharField(_("status at the gateway"), max_length=40)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    amount_micros = models.BigIntegerField(_("amount"))
    taken_micros = models.BigIntegerField(_("taken"), default=0)
    # The gateway's fee, and the part of it that the customer bears (CHB-05).
    fee_micros = models.BigIntegerField(_("fee"), default=0)
    passed_fee_micros = models.BigIntegerField(_("fee passed on"), default=0)
    evidence_due_at = models.DateTimeField(_("evidence due"), null=True, blank=True)
    # How many bookings of the gateway are behind this state: what shows fewer is old news.
    entries = models.PositiveSmallIntegerField(_("bookings at the gateway"), default=0)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    # Since when it is more than an inquiry: orders placed before it are cancelled (CHB-02).
    formal_at = models.DateTimeField(_("formal"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        permissions = [
            ("handle_dispute", "Can take evidence for a bank and release money that it warned of")
        ]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "dispute_id"], name="wallet_dispute_once"),
            models.CheckConstraint(
                name="wallet_dispute_amounts",
                condition=Q(amount_micros__gt=0, taken_micros__gte=0, passed_fee_micros__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"dispute:{self.pk}"


class FraudWarningQuerySet(models.QuerySet["FraudWarning"]):
    def open(self) -> FraudWarningQuerySet:
        return self.filter(resolved_at=None)


class FraudWarning(models.Model):
    """The card's bank suspects fraud: that top-up's unspent money waits for a decision (FRD-06)."""

    gateway = models.CharField(_("gateway"), max_length=20)
    warning_id = models.CharField(_("number at the gateway"), max_length=120)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="fraud_warnings")
    kind = models.CharField(_("kind"), max_length=60, blank=True)
    is_actionable = models.BooleanField(_("actionable"))
    created_at = models.DateTimeField(_("seen"), default=timezone.now)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects = FraudWarningQuerySet.as_manager()

    class Meta:
        verbose_name = _("fraud warning")
        verbose_name_plural = _("fraud warnings")
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "warning_id"], name="wallet_fraudwarning_once"
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"warning:{self.pk}"
