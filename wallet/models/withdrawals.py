"""Money on its way back to where it came from (WDR-01 to WDR-19)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wallet.models.deposits import Deposit


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def visible_to(self, user_id: int) -> WithdrawalQuerySet:
        return self.filter(customer_id=user_id)

    def to_review(self) -> WithdrawalQuerySet:
        return self.filter(state=Withdrawal.State.REQUESTED).order_by("due_at")


class Withdrawal(models.Model):
    """A customer's request for money back; its payouts, one for each top-up, carry it out."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Under review")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Declined")
        CANCELED = "canceled", _("Cancelled")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="withdrawals"
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.REQUESTED)
    amount_micros = models.BigIntegerField(_("amount"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    idempotency_key = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    due_at = models.DateTimeField(_("review due"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    # Why it was declined or cancelled, in words for the customer.
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        permissions = [("approve_withdrawal", "Can approve and decline withdrawals")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="wallet_withdrawal_to_review",
                condition=Q(state="requested"),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"], name="wallet_withdrawal_one_press"
            ),
            models.CheckConstraint(
                name="wallet_withdrawal_amount_positive", condition=Q(amount_micros__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"withdrawal:{self.pk}"


class PayoutQuerySet(models.QuerySet["Payout"]):
    def due(self, *, at: datetime) -> PayoutQuerySet:
        """Approved payouts to send now, and those whose sender did not come back. What staff pay
        by hand waits for them."""
        waiting = self.filter(state__in=Payout.TO_SEND, is_by_hand=False)
        return waiting.filter(next_attempt_at__lte=at).order_by("pk")

    def live(self) -> PayoutQuerySet:
        """Those that have left the wallet, or may still leave it."""
        return self.exclude(state__in=Payout.ENDED)

    def unsent(self) -> PayoutQuerySet:
        """Those that can still be taken back: nobody has asked the gateway for them."""
        return self.filter(state__in=(Payout.State.HELD, Payout.State.APPROVED))


class Payout(models.Model):
    """One refund of one top-up's charge. `amount_micros` leaves the wallet; the fee stays here.

    `sending` is written before the gateway is asked, under the key that makes asking again
    harmless; `sent` is what the gateway has accepted and may still fail (WDR-13).
    """

    class State(models.TextChoices):
        HELD = "held", _("On hold")
        APPROVED = "approved", _("To be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        SUCCEEDED = "succeeded", _("Arrived")
        FAILED = "failed", _("Failed")
        RELEASED = "released", _("Released")

    TO_SEND = (State.APPROVED, State.SENDING)
    WAITING = (State.HELD, State.APPROVED, State.SENDING)
    ENDED = (State.FAILED, State.RELEASED)

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="payouts")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="payouts")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.HELD)
    amount_micros = models.BigIntegerField(_("amount"))
    # Known when it is sent: the fee of the top-up that was not deducted before (WDR-08).
    fee_micros = models.BigIntegerField(_("fee"), default=0)
    clawback_micros = models.BigIntegerField(_("spent bonus"), default=0)
    bonus_micros = models.BigIntegerField(_("bonus on hold"), default=0)
    # Another way than the original one: paid by staff, with what proves it (WDR-06).
    is_by_hand = models.BooleanField(_("by hand"), default=False)
    refund_id = models.CharField(_("refund"), max_length=120, blank=True)
    # The number by which the customer's bank finds it.
    trace_id = models.CharField(_("bank's number"), max_length=120, blank=True)
    trouble = models.CharField(_("trouble"), max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    settled_at = models.DateTimeField(_("arrived or failed"), null=True, blank=True)

    objects = PayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="wallet_payout_due",
                condition=Q(state__in=("approved", "sending")),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["withdrawal", "deposit"], name="wallet_payout_once_per_deposit"
            ),
            models.UniqueConstraint(
                fields=["refund_id"], name="wallet_payout_refund_once", condition=~Q(refund_id="")
            ),
            models.CheckConstraint(
                name="wallet_payout_something_is_left",
                condition=Q(
                    fee_micros__gte=0,
                    clawback_micros__gte=0,
                    bonus_micros__gte=0,
                    amount_micros__gt=F("fee_micros") + F("clawback_micros"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """How the ledger names this payout."""
        return f"payout:{self.pk}"

    @property
    def net_micros(self) -> int:
        """What reaches the customer."""
        return self.amount_micros - self.fee_micros - self.clawback_micros


class ForeignRefund(models.Model):
    """A refund that somebody made at the gateway itself: money has left, so the books follow."""

    class State(models.TextChoices):
        SENT = "sent", _("Sent")
        SUCCEEDED = "succeeded", _("Arrived")
        FAILED = "failed", _("Failed")

    gateway = models.CharField(_("gateway"), max_length=20)
    refund_id = models.CharField(_("refund"), max_length=120)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="foreign_refunds")
    amount_micros = models.BigIntegerField(_("amount"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    created_at = models.DateTimeField(_("seen"), default=timezone.now)

    class Meta:
        verbose_name = _("refund made at the gateway")
        verbose_name_plural = _("refunds made at the gateway")
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "refund_id"], name="wallet_foreignrefund_once"
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"refund:{self.pk}"
