"""Other currencies, for people's eyes only: the books are in dollars (WAL-09)."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DisplayRateQuerySet(models.QuerySet["DisplayRate"]):
    def latest_of_each(self) -> DisplayRateQuerySet:
        return self.order_by("currency", "-since", "-pk").distinct("currency")


class DisplayRate(models.Model):
    """What a dollar was worth in another currency from a moment on. A new rate is a new row: the
    old ones say what was shown when."""

    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[RegexValidator(r"\A[a-z]{3}\Z", _("Three letters, such as EUR."))],
    )
    # Millionths of one unit of the currency for one dollar.
    per_dollar_micros = models.BigIntegerField(_("for one dollar"))
    since = models.DateTimeField(_("since"), default=timezone.now)
    # Whoever typed it saw what it does to prices: one that leaps makes none before that.
    is_kept = models.BooleanField(_("effect on prices was looked at"), default=False)

    objects = DisplayRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("display rate")
        verbose_name_plural = _("display rates")
        constraints = [
            models.CheckConstraint(
                name="wallet_displayrate_positive",
                condition=Q(per_dollar_micros__gt=0),
                violation_error_message=_("A rate is above zero."),
            ),
            models.CheckConstraint(
                name="wallet_displayrate_not_the_ledgers",
                condition=~Q(currency="usd"),
                violation_error_message=_("The books are in dollars: they need no rate."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency.upper()} since {self.since:%Y-%m-%d %H:%M}"


class DisplayCurrency(models.Model):
    """The currency in which a customer sees the balance beside dollars."""

    customer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="display_currency"
    )
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("display currency")
        verbose_name_plural = _("display currencies")

    def __str__(self) -> str:
        return f"{self.currency} for {self.customer_id}"
