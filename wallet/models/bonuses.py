"""Money that is given: promotions, their codes, and every single grant (BON-01 to BON-04)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wallet.models.deposits import Deposit


class Promotion(models.Model):
    """A bonus on top-ups: for whoever types its code, or for everybody if it has none.

    Either a share of the top-up, in hundredths of a percent, or a fixed sum.
    """

    # Upper case; several promotions may be without one.
    code = models.CharField(_("code"), max_length=32, null=True, blank=True, unique=True)
    name = models.CharField(_("name"), max_length=80)
    percent_hundredths = models.PositiveIntegerField(_("percent"), null=True, blank=True)
    amount_micros = models.BigIntegerField(_("sum"), null=True, blank=True)
    most_micros = models.BigIntegerField(_("at most"), null=True, blank=True)
    minimum_micros = models.BigIntegerField(_("smallest top-up"), default=0)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    total_limit = models.PositiveIntegerField(_("uses in all"), null=True, blank=True)
    per_customer_limit = models.PositiveIntegerField(
        _("uses for each customer"), null=True, blank=True, default=1
    )
    # The bonus itself ends this long after it was granted.
    valid_months = models.PositiveSmallIntegerField(_("months valid"), null=True, blank=True)
    is_on = models.BooleanField(_("on"), default=True)

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        constraints = [
            models.CheckConstraint(
                name="wallet_promotion_percent_or_sum",
                # NULL > 0 is not false: a CHECK lets it pass.
                condition=Q(
                    percent_hundredths__isnull=False, percent_hundredths__gt=0, amount_micros=None
                )
                | Q(amount_micros__isnull=False, amount_micros__gt=0, percent_hundredths=None),
                violation_error_message=_("Give either a percentage or a sum, above zero."),
            ),
            models.CheckConstraint(
                name="wallet_promotion_ends_after_start",
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
                violation_error_message=_("The end must be later than the beginning."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Redemption(models.Model):
    """One use of a promotion. It is kept for a top-up while that waits, so that what was shown
    before paying is what is given after."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("Kept")
        GRANTED = "granted", _("Granted")
        RELEASED = "released", _("Not used")

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="redemptions")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="redemptions"
    )
    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, related_name="redemption")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RESERVED)
    # Why no bonus came of it, in words for the customer.
    trouble = models.CharField(_("trouble"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("use of a promotion")
        verbose_name_plural = _("uses of promotions")
        indexes = [
            models.Index(fields=["promotion", "customer"], name="wallet_redemption_of_customer")
        ]

    def __str__(self) -> str:
        return f"{self.promotion_id} for deposit {self.deposit_id}"


class BonusGrant(models.Model):
    """Bonus money given once: by a promotion with its top-up, or by staff with a reason."""

    class Kind(models.TextChoices):
        PROMOTION = "promotion", _("Promotion")
        CODE = "code", _("Promotion code")
        GOODWILL = "goodwill", _("Goodwill")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bonus_grants"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount_micros = models.BigIntegerField(_("amount"))
    # A bonus that came with a top-up is cancelled with it (WDR-09, BON-03).
    deposit = models.OneToOneField(
        Deposit, on_delete=models.PROTECT, related_name="bonus_grant", null=True, blank=True
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("granted"), default=timezone.now)

    class Meta:
        verbose_name = _("bonus")
        verbose_name_plural = _("bonuses")
        constraints = [
            models.CheckConstraint(
                name="wallet_bonusgrant_amount_positive", condition=Q(amount_micros__gt=0)
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"bonus:{self.pk}"
