"""Cards that customers let us keep at the gateway, and what may be charged to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wallet.models.deposits import Deposit


class GatewayCustomer(models.Model):
    """Our customer at a gateway. It knows a number of ours and nothing about the person."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="gateway_customers"
    )
    gateway = models.CharField(_("gateway"), max_length=20)
    gateway_id = models.CharField(_("number at the gateway"), max_length=120)

    class Meta:
        verbose_name = _("customer at a gateway")
        verbose_name_plural = _("customers at gateways")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "gateway"], name="wallet_gatewaycustomer_one_each"
            ),
            models.UniqueConstraint(
                fields=["gateway", "gateway_id"], name="wallet_gatewaycustomer_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway}:{self.gateway_id}"


class SavedCardQuerySet(models.QuerySet["SavedCard"]):
    def usable(self) -> SavedCardQuerySet:
        return self.filter(removed_at=None)


class SavedCard(models.Model):
    """A card that its owner allowed us to keep: the gateway's number of it and what is printed
    on a receipt, with the words that were agreed to."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_cards"
    )
    gateway = models.CharField(_("gateway"), max_length=20)
    method_id = models.CharField(_("number at the gateway"), max_length=120)
    brand = models.CharField(_("brand"), max_length=20)
    last_four = models.CharField(_("last four digits"), max_length=4)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    fingerprint = models.CharField(max_length=80, blank=True, editable=False)
    consent_text = models.TextField(_("agreed to"))
    consent_at = models.DateTimeField(_("agreed at"), default=timezone.now)
    consent_ip = models.GenericIPAddressField(_("agreed from"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    # When the gateway forgot it, too: a worker asks until it has.
    detached_at = models.DateTimeField(_("forgotten by the gateway"), null=True, blank=True)

    objects = SavedCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved card")
        verbose_name_plural = _("saved cards")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "method_id"], name="wallet_savedcard_once")
        ]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last_four}"


class CardConsent(models.Model):
    """What somebody agreed to before paying with a card that is to be kept. `card` is set once the
    gateway has told which it was."""

    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, related_name="card_consent")
    text = models.TextField(_("agreed to"))
    given_at = models.DateTimeField(_("agreed at"), default=timezone.now)
    # When the gateway was last asked for the card.
    sought_at = models.DateTimeField(_("card last looked for at"), null=True, editable=False)
    ip = models.GenericIPAddressField(_("agreed from"), null=True, blank=True)
    card = models.ForeignKey(
        SavedCard, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("consent to keep a card")
        verbose_name_plural = _("consents to keep cards")

    def __str__(self) -> str:
        return f"consent with deposit {self.deposit_id}"


class AutoTopUp(models.Model):
    """When the balance falls below a mark, a saved card pays in a fixed sum: off until its owner
    turns it on, and off again when the card fails or the month's limit is reached."""

    customer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="auto_top_up"
    )
    card = models.ForeignKey(SavedCard, on_delete=models.PROTECT, related_name="+")
    is_on = models.BooleanField(_("on"), default=False)
    below_micros = models.BigIntegerField(_("below"))
    amount_micros = models.BigIntegerField(_("pay in"))
    month_limit_micros = models.BigIntegerField(_("at most in a month"))
    consent_text = models.TextField(_("agreed to"), blank=True)
    consent_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    consent_ip = models.GenericIPAddressField(_("agreed from"), null=True, blank=True)
    # The top-up that is being paid: there is never a second one beside it.
    running = models.ForeignKey(
        Deposit, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # Why it was turned off, in words for the customer.
    trouble = models.CharField(_("trouble"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("automatic top-up")
        verbose_name_plural = _("automatic top-ups")
        constraints = [
            models.CheckConstraint(
                name="wallet_autotopup_amounts",
                condition=Q(below_micros__gt=0, amount_micros__gt=0, month_limit_micros__gt=0),
            ),
            models.CheckConstraint(
                name="wallet_autotopup_only_with_consent",
                condition=Q(is_on=False) | (Q(consent_at__isnull=False) & ~Q(consent_text="")),
            ),
        ]

    def __str__(self) -> str:
        return f"automatic top-up of {self.customer_id}"


class BalanceAlert(models.Model):
    """A mail when the balance falls below a mark: one for each time that it does."""

    customer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="balance_alert"
    )
    below_micros = models.BigIntegerField(_("below"))
    # Set by the mail, cleared when the balance is above the mark again.
    warned_at = models.DateTimeField(_("warned"), null=True, blank=True)

    class Meta:
        verbose_name = _("balance alert")
        verbose_name_plural = _("balance alerts")
        constraints = [
            models.CheckConstraint(
                name="wallet_balancealert_mark_positive", condition=Q(below_micros__gt=0)
            )
        ]

    def __str__(self) -> str:
        return f"alert of {self.customer_id}"
