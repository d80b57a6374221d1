"""What customers follow, and what changed in the catalogue."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.models.catalogue import Service


class CatalogueVersion(models.Model):
    """One row. Triggers draw another number with every change of what customers can read of the
    catalogue, so that whatever was made from it is known to be old. Numbers have no order."""

    number = models.BigIntegerField()

    class Meta:
        verbose_name = _("version of the catalogue")
        verbose_name_plural = _("versions of the catalogue")

    def __str__(self) -> str:
        return str(self.number)


class CatalogueUpdate(models.Model):
    """A change that customers are told of: written by a trigger, whoever makes it."""

    class Kind(models.TextChoices):
        NEW = "new", _("New")
        BACK = "back", _("Back on sale")
        OFF = "off", _("No longer on sale")
        PRICE_UP = "price_up", _("Price up")
        PRICE_DOWN = "price_down", _("Price down")

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="updates")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    old_rate_micros = models.BigIntegerField(_("old price per 1000"), null=True)
    new_rate_micros = models.BigIntegerField(_("new price per 1000"), null=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of the catalogue")
        verbose_name_plural = _("changes of the catalogue")
        indexes = [
            models.Index(fields=["-at", "-id"], name="services_update_newest"),
            models.Index(fields=["service", "-id"], name="services_update_of_service"),
        ]

    def __str__(self) -> str:
        return f"update {self.pk} of service {self.service_id}"


class Favourite(models.Model):
    """A service that a customer wants to find again and to hear of."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="favourites"
    )
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="favourites")
    since = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "service"], name="services_favourite_unique"
            )
        ]

    def __str__(self) -> str:
        return f"service {self.service_id} of customer {self.customer_id}"


class UpdateMail(models.Model):
    """Who asked for mails about changes of favourites, and until when they were told of them."""

    customer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="update_mail"
    )
    told_until = models.DateTimeField(_("told until"), default=timezone.now)
    since = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("mail about favourites")
        verbose_name_plural = _("mails about favourites")

    def __str__(self) -> str:
        return f"mails of customer {self.customer_id}"


class SearchEntry(models.Model):
    """The folded words of a service, its category and its platform: written by triggers alone
    (services/sql/search.sql)."""

    service = models.OneToOneField(
        Service, on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    words = SearchVectorField(_("words"))

    class Meta:
        verbose_name = _("words of a service")
        verbose_name_plural = _("words of services")
        indexes = [GinIndex(fields=["words"], name="services_search_words")]

    def __str__(self) -> str:
        return f"words of service {self.service_id}"
