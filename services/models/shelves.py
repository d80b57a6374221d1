"""Where services stand in the catalogue, and the words for their quality."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Platform(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("platform")
        verbose_name_plural = _("platforms")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="categories")
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["platform__position", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "name"], name="services_category_unique")
        ]

    def __str__(self) -> str:
        return f"{self.platform} · {self.name}"


class QualityLabel(models.Model):
    """A word for quality, such as "High", and what it means here (CAT-05)."""

    name = models.CharField(_("label"), max_length=40, unique=True)
    meaning = models.CharField(_("what it means"), max_length=400)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("quality label")
        verbose_name_plural = _("quality labels")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
