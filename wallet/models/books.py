"""The books: accounts and transfers. Rules: docs/ledger.md."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
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

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="ledger_accounts",
        null=True,
        blank=True,
        # The unique constraint begins with it.
        db_index=False,
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


class TransferKind(models.TextChoices):
    """Why money moves. What each kind does to lots stands in `wallet.lots.movements`."""

    DEPOSIT = "deposit", _("Top-up")
    GATEWAY_FEE = "gateway_fee", _("Gateway fee")
    ORDER_CHARGE = "order_charge", _("Order")
    ORDER_REFUND = "order_refund", _("Refund")
    ORDER_REVENUE = "order_revenue", _("Order delivered")
    ORDER_UNRECOGNISE = "order_unrecognise", _("Delivery corrected")
    ORDER_ABSORB = "order_absorb", _("Refund borne by us")
    ORDER_RECOVER = "order_recover", _("Refund no longer borne by us")
    ADJUSTMENT = "adjustment", _("Adjustment")
    BONUS_GRANT = "bonus_grant", _("Bonus")
    GOODWILL_GRANT = "goodwill_grant", _("Goodwill")
    BONUS_CANCEL = "bonus_cancel", _("Bonus cancelled")
    BONUS_RETURN = "bonus_return", _("Bonus returned")
    BONUS_CLAWBACK = "bonus_clawback", _("Spent bonus deducted")
    HOLD = "hold", _("Put on hold")
    RELEASE = "release", _("Released")
    WITHDRAWAL = "withdrawal", _("Paid back")
    WITHDRAWAL_FEE = "withdrawal_fee", _("Fee of the top-up")
    WITHDRAWAL_RETURN = "withdrawal_return", _("Payout came back")
    DISPUTE = "dispute", _("Payment reversed")
    DISPUTE_RETURN = "dispute_return", _("Reversal undone")
    DISPUTE_FEE = "dispute_fee", _("Fee of the reversal")
    DISPUTE_FEE_RETURN = "dispute_fee_return", _("Fee of the reversal returned")
    DEBT_SETTLEMENT = "debt_settlement", _("Debt paid")
    DEBT_RETURN = "debt_return", _("Paid debt returned")
    DEBT_RELIEF = "debt_relief", _("Loss borne by us")
    DEBT_RELIEF_RETURN = "debt_relief_return", _("Loss no longer borne by us")
    EXPIRY = "expiry", _("Expired")
    FORFEITURE = "forfeiture", _("Forfeited")
    FORFEITURE_RETURN = "forfeiture_return", _("Forfeiture undone")


class Transfer(models.Model):
    """One movement between two accounts. It balances by construction and never changes."""

    Kind = TransferKind

    debit_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="debits", db_index=False
    )
    credit_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="credits", db_index=False
    )
    amount_micros = models.BigIntegerField(_("amount"))
    kind = models.CharField(_("kind"), max_length=24, choices=TransferKind)
    key = models.CharField(_("key"), max_length=120, unique=True)
    reference = models.CharField(_("reference"), max_length=60)
    origin = models.CharField(_("origin"), max_length=60, null=True, blank=True)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        indexes = [
            models.Index(fields=["reference"], name="wallet_transfer_reference"),
            # A statement is read newest first by account and id, never by OFFSET.
            models.Index(
                fields=["debit_account", "id"],
                include=["amount_micros"],
                name="wallet_transfer_debits",
            ),
            models.Index(
                fields=["credit_account", "id"],
                include=["amount_micros"],
                name="wallet_transfer_credits",
            ),
            # The books are written in the order of time, so blocks of rows answer for days.
            BrinIndex(fields=["created_at"], name="wallet_transfer_days", autosummarize=True),
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
