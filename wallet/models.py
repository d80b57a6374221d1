"""The books. Balances are moved by a trigger under CHECK (see wallet/sql/ledger.sql);
only `wallet.ledger` writes transfers. Rules: docs/ledger.md."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AccountKind(models.TextChoices):
    """What a pot of money is for; the first five are a customer's own."""

    CASH = "cash", _("Cash")
    BONUS = "bonus", _("Bonus")
    CASH_HOLD = "cash_hold", _("Cash on hold")
    BONUS_HOLD = "bonus_hold", _("Bonus on hold")
    DEBT = "debt", _("Debt")
    ESCROW = "escrow", _("Orders in progress")
    REVENUE = "revenue", _("Revenue")
    GATEWAY_CLEARING = "gateway_clearing", _("Gateway clearing")
    GATEWAY_FEES = "gateway_fees", _("Gateway fees")
    FEES_RECOVERED = "fees_recovered", _("Fees recovered")
    PROMOTION = "promotion", _("Promotion")
    GOODWILL = "goodwill", _("Goodwill")
    ADJUSTMENT = "adjustment", _("Adjustments")
    BREAKAGE = "breakage", _("Expired money")
    FORFEITURE = "forfeiture", _("Forfeited money")
    CHARGEBACK_LOSS = "chargeback_loss", _("Chargeback loss")
    UNCERTAIN_LOSS = "uncertain_loss", _("Loss on uncertain orders")
    ABSORBED_LOSS = "absorbed_loss", _("Loss on absorbed cancels")
    API_OVERAGE = "api_overage", _("API overage")


class Account(models.Model):
    """One pot of money. A customer's carries its balance; a house account is a sum of transfers,
    because one hot row for all customers would make them wait for each other."""

    Kind = AccountKind
    CUSTOMER_KINDS = (Kind.CASH, Kind.BONUS, Kind.CASH_HOLD, Kind.BONUS_HOLD, Kind.DEBT)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="ledger_accounts",
        null=True,
        blank=True,
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # Tells the clearing accounts of several gateways apart; empty for every other kind.
    label = models.CharField(_("label"), max_length=20, blank=True)
    balance_micros = models.BigIntegerField(_("balance"), default=0, editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "label"],
                name="wallet_account_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="wallet_account_balance_not_negative", condition=Q(balance_micros__gte=0)
            ),
            models.CheckConstraint(
                name="wallet_account_kind_known", condition=Q(kind__in=AccountKind.values)
            ),
            models.CheckConstraint(
                name="wallet_account_owner_fits_kind",
                condition=Q(
                    owner__isnull=False,
                    kind__in=("cash", "bonus", "cash_hold", "bonus_hold", "debt"),
                )
                | (
                    Q(owner__isnull=True)
                    & ~Q(kind__in=("cash", "bonus", "cash_hold", "bonus_hold", "debt"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.owner_id or self.label or 'house'}"


class TransferQuerySet(models.QuerySet["Transfer"]):
    def touching(self, account_ids: list[int]) -> TransferQuerySet:
        return self.filter(Q(debit_account__in=account_ids) | Q(credit_account__in=account_ids))


class Transfer(models.Model):
    """One movement between two accounts. It balances by construction and never changes."""

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", _("Top-up")
        ORDER_CHARGE = "order_charge", _("Order")
        ORDER_REFUND = "order_refund", _("Refund")
        ORDER_REVENUE = "order_revenue", _("Order delivered")
        ORDER_UNRECOGNISE = "order_unrecognise", _("Delivery corrected")
        ADJUSTMENT = "adjustment", _("Adjustment")
        BONUS_GRANT = "bonus_grant", _("Bonus")

    debit_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="debits", db_index=False
    )
    credit_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="credits", db_index=False
    )
    amount_micros = models.BigIntegerField(_("amount"))
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    key = models.CharField(_("key"), max_length=120, unique=True)
    reference = models.CharField(_("reference"), max_length=60)
    origin = models.CharField(_("origin"), max_length=60, null=True, blank=True)
    created_at = models.DateTimeField(_("at"))

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        indexes = [
            models.Index(fields=["reference"], name="wallet_transfer_reference"),
            # A statement is read newest first by account and id, never by OFFSET.
            models.Index(fields=["debit_account", "id"], name="wallet_transfer_debits"),
            models.Index(fields=["credit_account", "id"], name="wallet_transfer_credits"),
        ]
        constraints = [
            models.CheckConstraint(
                name="wallet_transfer_amount_positive", condition=Q(amount_micros__gt=0)
            ),
            models.CheckConstraint(
                name="wallet_transfer_two_accounts",
                condition=~Q(debit_account=models.F("credit_account")),
            ),
        ]

    def __str__(self) -> str:
        return self.key


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
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    credited_at = models.DateTimeField(_("credited"), null=True, blank=True)

    objects = DepositQuerySet.as_manager()

    class Meta:
        verbose_name = _("top-up")
        verbose_name_plural = _("top-ups")
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
    def is_waiting(self) -> bool:
        return self.state in self.WAITING


class GatewayEvent(models.Model):
    """A webhook delivery that passed its signature, as it came; stored once per event id."""

    gateway = models.CharField(_("gateway"), max_length=20)
    event_id = models.CharField(_("event"), max_length=120)
    kind = models.CharField(_("kind"), max_length=80)
    is_live_mode = models.BooleanField(_("live mode"))
    payload = models.JSONField(_("content"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("gateway event")
        verbose_name_plural = _("gateway events")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="wallet_gatewayevent_once")
        ]

    def __str__(self) -> str:
        return f"{self.gateway}:{self.event_id}"
