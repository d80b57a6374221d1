"""Money on its way in: top-ups, what the gateways tell about them, and what fits none."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DepositQuerySet(models.QuerySet["Deposit"]):
    def visible_to(self, user_id: int) -> DepositQuerySet:
        return self.filter(customer_id=user_id)

    def waiting(self) -> DepositQuerySet:
        return self.filter(state__in=Deposit.WAITING).order_by("-pk")


class Deposit(models.Model):
    """A top-up from the moment it is asked for. Money exists only once it is `paid`."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for payment")
        PROCESSING = "processing", _("Waiting for the bank")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired")
        QUARANTINED = "quarantined", _("Under review")

    WAITING = (State.OPEN, State.PROCESSING)

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deposits"
    )
    publication = models.ForeignKey("legal.Publication", on_delete=models.PROTECT, related_name="+")
    gateway = models.CharField(_("gateway"), max_length=20)
    asked_micros = models.BigIntegerField(_("amount asked for"))
    # Once paid: what the gateway really received, which is also what the ledger credited.
    amount_micros = models.BigIntegerField(_("amount"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    # The gateway's own number of the payment: what has been credited once is never credited again.
    payment_id = models.CharField(_("payment"), max_length=120, null=True, blank=True)
    # The gateway's numbers of its payment page, and of the charge that refunds and disputes name.
    checkout_id = models.CharField(_("payment page"), max_length=120, blank=True)
    charge_id = models.CharField(_("charge"), max_length=120, blank=True)
    # What the gateway kept, from its own books and never from a formula; unknown until it tells.
    fee_micros = models.BigIntegerField(_("gateway's fee"), null=True, blank=True)
    method_label = models.CharField(_("paid with"), max_length=80, blank=True)
    # Tells cards apart without knowing them: one promotion for one card (BON-02).
    card_fingerprint = models.CharField(max_length=80, blank=True, editable=False)
    is_automatic = models.BooleanField(_("automatic"), default=False)
    # Why it failed, or is under review, in words for the customer.
    trouble = models.CharField(_("trouble"), max_length=200, blank=True)
    # Where it was asked for, and when a card was last declined: cards are not tried out here.
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    credited_at = models.DateTimeField(_("credited"), null=True, blank=True)

    objects = DepositQuerySet.as_manager()

    class Meta:
        verbose_name = _("top-up")
        verbose_name_plural = _("top-ups")
        indexes = [
            models.Index(fields=["customer", "-id"], name="wallet_deposit_of_customer"),
            models.Index(
                fields=["created_at"],
                name="wallet_deposit_waiting",
                condition=Q(state__in=("open", "processing")),
            ),
            models.Index(
                fields=["credited_at"],
                name="wallet_deposit_credited",
                condition=Q(credited_at__isnull=False),
            ),
            models.Index(
                fields=["declined_at"],
                name="wallet_deposit_declined",
                condition=Q(declined_at__isnull=False),
            ),
            models.Index(
                fields=["charge_id"], name="wallet_deposit_charge", condition=~Q(charge_id="")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "payment_id"], name="wallet_deposit_payment_once"
            ),
            models.CheckConstraint(
                name="wallet_deposit_amount_positive",
                condition=Q(asked_micros__gt=0, amount_micros__gt=0),
            ),
            models.CheckConstraint(
                name="wallet_deposit_credited_when_paid",
                condition=Q(state="paid", credited_at__isnull=False)
                | (~Q(state="paid") & Q(credited_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("wallet:deposit_detail", args=[self.pk])

    @property
    def reference(self) -> str:
        """How the ledger names this top-up."""
        return f"deposit:{self.pk}"

    @property
    def receipt_number(self) -> str:
        """It never changes, and no two are alike."""
        return f"R-{self.pk:06d}"

    @property
    def is_waiting(self) -> bool:
        return self.state in self.WAITING


class Proof(models.Model):
    """What a customer gives for a payment by bank: the reference of the transfer, and a file if
    there is one. The file lives in the database: it is backed up, erased and guarded with it."""

    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, related_name="proof")
    bank_reference = models.CharField(_("reference of the transfer"), max_length=80)
    file_name = models.CharField(_("file"), max_length=120, blank=True)
    content_type = models.CharField(max_length=40, blank=True, editable=False)
    content = models.BinaryField(null=True, blank=True)
    given_at = models.DateTimeField(_("given"), default=timezone.now)

    class Meta:
        verbose_name = _("proof of payment")
        verbose_name_plural = _("proofs of payment")

    def __str__(self) -> str:
        return f"proof of {self.deposit_id}"


class Receipt(models.Model):
    """The receipt of a paid top-up as a file, made once by the worker."""

    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, related_name="receipt")
    pdf = models.BinaryField()
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")

    def __str__(self) -> str:
        return f"receipt of {self.deposit_id}"
