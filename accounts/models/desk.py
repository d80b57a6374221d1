"""What staff decide, switch and did."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> CaseQuerySet:
        return self.filter(resolved_at=None)


class Case(models.Model):
    """Anything that staff must decide, with a clock. Every app may raise one; it is one per key."""

    class Kind(models.TextChoices):
        PROVIDER_PAUSED = "provider_paused", _("Provider paused")
        PROVIDER_DOWN = "provider_down", _("Provider does not answer")
        PROVIDER_FUNDS = "provider_funds", _("Balance at a provider runs out")
        PRICE_LIST = "price_list", _("Price list to look at")
        COST_ROSE = "cost_rose", _("Cost rose above the limit")
        ORDER_UNCERTAIN = "order_uncertain", _("Order uncertain")
        ORDER_REVIEW = "order_review", _("Order needs review")
        CLAIM_LATE = "claim_late", _("Claim overdue")
        BELOW_COST = "below_cost", _("Price below the provider's cost")
        REPORT_UNREADABLE = "report_unreadable", _("Reports unreadable")
        PAYMENT_UNMATCHED = "payment_unmatched", _("Payment without a top-up")
        PAYMENT_MISSED = "payment_missed", _("The gateway's notice was missed")
        EVENT_FAILED = "event_failed", _("Notice of a gateway not understood")
        REFUND_AT_GATEWAY = "refund_at_gateway", _("Refund made at the gateway")
        WITHDRAWAL_LATE = "withdrawal_late", _("Withdrawal overdue")
        PAYOUT_FAILED = "payout_failed", _("Payout failed")
        DISPUTE = "dispute", _("Disputed payment")
        FRAUD_WARNING = "fraud_warning", _("Fraud warning")
        PROMOTION_ABUSE = "promotion_abuse", _("Promotion used twice")
        COMPROMISED = "compromised", _("Account reported as compromised")
        API_DOWN = "api_down", _("Reseller API does not answer")
        API_ABUSE = "api_abuse", _("API access suspended again")
        BOOKS = "books", _("The books do not agree")

    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    # The same cause raises one open case, however often a sweep meets it.
    key = models.CharField(_("about"), max_length=120)
    detail = models.TextField(_("detail"), blank=True)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolution = models.CharField(_("resolution"), max_length=200, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                name="accounts_case_one_open",
                condition=models.Q(resolved_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.key}"


class KillSwitch(models.Model):
    """A part of the panel that an operator has switched off; its reason is shown to customers."""

    class Part(models.TextChoices):
        ORDERS = "orders", _("New orders")
        FORWARDING = "forwarding", _("Forwarding to providers")
        TOP_UPS = "top_ups", _("Top-ups")
        API = "api", _("Reseller API")
        SIGN_UP = "sign_up", _("Sign-up")
        WITHDRAWALS = "withdrawals", _("Withdrawals")

    part = models.CharField(_("part"), max_length=12, choices=Part, unique=True)
    reason = models.CharField(_("reason shown to customers"), max_length=200)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("kill switch")
        verbose_name_plural = _("kill switches")

    def __str__(self) -> str:
        return self.get_part_display()


class ActLog(models.Model):
    """Who of the staff did what to which object, append-only (a trigger refuses anything else)."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    act = models.CharField(_("act"), max_length=60)
    target = models.CharField(_("object"), max_length=120)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    changes = models.JSONField(_("changes"), default=dict)
    at = models.DateTimeField(_("at"), default=timezone.now)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("act log")
        indexes = [models.Index(fields=["target"], name="accounts_actlog_target")]

    def __str__(self) -> str:
        return f"{self.act} {self.target}"


class Holiday(models.Model):
    """A day that is no working day: clocks in working days and hours stand still."""

    on = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ("on",)

    def __str__(self) -> str:
        return f"{self.on} {self.name}"
