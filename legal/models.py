"""Documents, their versions, what is in force together, and who accepted what.

A published version holds the text as it was printed on that day, not only its source: neither a
changed setting nor changed code can alter what somebody agreed to. Triggers (sql/immutable.sql)
refuse every later change, whoever asks.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from legal.policy import Policy


class Document(models.Model):
    """One of the legal pages; its address is stable."""

    class Kind(models.TextChoices):
        TERMS = "terms", _("Terms of service")
        REFUNDS = "refunds", _("Refund policy")
        PRIVACY = "privacy", _("Privacy notice")
        ACCEPTABLE_USE = "acceptable_use", _("Acceptable use")
        OTHER = "other", _("Other")

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    is_required = models.BooleanField(
        _("required"), default=True, help_text=_("Customers accept the current version.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("legal:document", args=[self.slug])


class DocumentVersionQuerySet(models.QuerySet["DocumentVersion"]):
    def drafts(self) -> DocumentVersionQuerySet:
        return self.filter(published_at=None).order_by("document__position", "language")

    def published(self) -> DocumentVersionQuerySet:
        return self.filter(published_at__isnull=False).order_by("-number")


class DocumentVersion(models.Model):
    """A draft (at most one for a document and language), or a published text."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"), null=True, editable=False)
    language = models.CharField(_("language"), max_length=12, default=settings.LANGUAGE_CODE)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(
        _("source"), help_text=_("Markdown, with {{ policy.name }} where a setting is printed.")
    )
    summary = models.TextField(
        _("what changed"), blank=True, help_text=_("In a sentence or two, for customers.")
    )
    text = models.TextField(_("text as published"), blank=True, editable=False)
    sha256 = models.CharField(_("SHA-256 of the text"), max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    effective_on = models.DateField(_("in effect from"), null=True, editable=False)

    objects = DocumentVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["document", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "language", "number"], name="legal_version_number_unique"
            ),
            models.UniqueConstraint(
                fields=["document", "language"],
                condition=Q(published_at=None),
                name="legal_version_one_draft",
            ),
            models.CheckConstraint(
                name="legal_version_draft_or_published",
                condition=Q(published_at=None, effective_on=None, number=None, text="", sha256="")
                | Q(
                    published_at__isnull=False,
                    effective_on__isnull=False,
                    number__isnull=False,
                    number__gte=1,
                    text__gt="",
                    sha256__regex=r"^[0-9a-f]{64}$",
                ),
            ),
        ]

    def __str__(self) -> str:
        number = _("draft") if self.number is None else self.number
        return f"{self.title} ({self.language}) {number}"

    def get_absolute_url(self) -> str:
        """Where everybody reads it. A draft has no page of its own: its document's is next best."""
        if self.number is None:
            return self.document.get_absolute_url()
        return reverse("legal:version", args=[self.document.slug, self.number])

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


class PublicationQuerySet(models.QuerySet["Publication"]):
    def in_force(self, *, at: datetime) -> PublicationQuerySet:
        """Return those published by then, the one in force first."""
        return self.filter(published_at__lte=at).order_by("-number")

    def current(self) -> Publication:
        """Return the one in force now. Raises Publication.DoesNotExist before the first one."""
        publication = self.in_force(at=timezone.now()).first()
        if publication is None:
            raise self.model.DoesNotExist("nothing is published: run manage.py install_legal")
        return publication


class Publication(models.Model):
    """One policy and the versions in force with it. Orders and deposits point at theirs (LEG-03).

    `fingerprints` repeats the SHA-256 of each version by its id, so that this one row tells what
    was in force, and the database accepts no version that the row does not name.
    """

    number = models.PositiveIntegerField(_("number"), unique=True)
    policy = models.JSONField(_("settings"))
    preset = models.CharField(_("preset"), max_length=30, blank=True)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    fingerprints = models.JSONField(_("fingerprints"))
    versions = models.ManyToManyField(DocumentVersion, related_name="publications")

    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                name="legal_publication_number_positive", condition=Q(number__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    def get_policy(self) -> Policy:
        """Return the settings as they were published. Raises InvalidPolicy."""
        return Policy.from_json(self.policy)

    def versions_in(self, language: str | None) -> list[DocumentVersion]:
        """Return one version of each document, by position (LEG-11, LEG-18).

        In the language asked for, else in the site's, else in any there is.
        """
        preference = {settings.LANGUAGE_CODE: 1, language or settings.LANGUAGE_CODE: 2}
        best: dict[int, DocumentVersion] = {}
        for version in self.all_versions():
            held = best.get(version.document_id)
            rank = preference.get(version.language, 0)
            if held is None or rank > preference.get(held.language, 0):
                best[version.document_id] = version
        return list(best.values())

    def all_versions(self) -> models.QuerySet[DocumentVersion]:
        versions = self.versions.select_related("document")
        return versions.order_by("document__position", "document__slug", "language")


class Acceptance(models.Model):
    """One person accepted one version, once at each point (LEG-05)."""

    class Point(models.TextChoices):
        REGISTRATION = "registration", _("Registration")
        ORDER = "order", _("Order")
        PAYMENT = "payment", _("Payment")
        REACCEPTANCE = "reacceptance", _("Acceptance of a new version")

    class Channel(models.TextChoices):
        WEB = "web", _("Web")
        API = "api", _("API")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acceptances"
    )
    version = models.ForeignKey(
        DocumentVersion, on_delete=models.PROTECT, related_name="acceptances"
    )
    publication = models.ForeignKey(
        Publication, on_delete=models.PROTECT, related_name="acceptances"
    )
    point = models.CharField(_("at"), max_length=12, choices=Point)
    channel = models.CharField(_("by"), max_length=3, choices=Channel)
    is_implicit = models.BooleanField(_("by use"), default=False)
    at = models.DateTimeField(_("time"))
    ip = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=400, blank=True)
    clauses = models.JSONField(_("articles approved by number"), default=list)

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "version", "point"], name="legal_acceptance_once_per_point"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
