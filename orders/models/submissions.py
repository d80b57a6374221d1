"""What was sent for orders, and what a provider turned out to have. Written by orders.sending."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def in_flight(self, *, provider_id: int) -> SubmissionQuerySet:
        return self.filter(state=Submission.State.SUBMITTING, provider_id=provider_id)

    def expired(self, *, at: datetime) -> SubmissionQuerySet:
        return self.filter(state=Submission.State.SUBMITTING, lease_until__lt=at)


class Submission(models.Model):
    """One attempt to give an order to a provider, written before the first byte leaves."""

    class State(models.TextChoices):
        SUBMITTING = "submitting", _("Being sent")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        NOT_SENT = "not_sent", _("Provably not sent")
        UNCERTAIN = "uncertain", _("Outcome unknown")
        RESOLVED = "resolved", _("Decided by staff")

    # At most one of these may exist per order: the next attempt needs proof about the last one.
    LIVE = (State.SUBMITTING, State.ACCEPTED, State.UNCERTAIN)

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="submissions")
    provider = models.ForeignKey("services.Provider", on_delete=models.PROTECT, related_name="+")
    provider_service_id = models.CharField(_("service at the provider"), max_length=64)
    state = models.CharField(_("state"), max_length=12, choices=State)
    request_hash = models.CharField(_("hash of the request"), max_length=64)
    # The fields as they left, without the key: what staff are shown as evidence.
    request = models.JSONField(_("request"), default=dict)
    lease_until = models.DateTimeField(_("lease until"))
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # While it is uncertain: when the panel last looked for it at the provider by itself.
    sought_at = models.DateTimeField(_("looked for"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    excerpt = models.CharField(_("answer"), max_length=500, blank=True)
    candidate_id = models.CharField(_("number named in the answer"), max_length=300, blank=True)
    external_id = models.CharField(
        _("number at the provider"), max_length=64, null=True, blank=True
    )

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="orders_submission_leases",
                condition=Q(state="submitting"),
            ),
            models.Index(
                fields=["provider"],
                name="orders_submission_in_flight",
                condition=Q(state="submitting"),
            ),
            models.Index(
                fields=["provider", "started_at"],
                name="orders_submission_by_lane",
            ),
            models.Index(
                fields=["provider", "id"],
                name="orders_submission_in_doubt",
                condition=Q(state="uncertain"),
            ),
            models.Index(
                fields=["candidate_id"],
                name="orders_submission_candidates",
                condition=~Q(candidate_id=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                name="orders_submission_one_live",
                condition=Q(state__in=["submitting", "accepted", "uncertain"]),
            ),
            models.UniqueConstraint(
                fields=["provider", "external_id"], name="orders_submission_upstream_once"
            ),
        ]

    def __str__(self) -> str:
        return f"submission {self.pk} of order {self.order_id}"


class Orphan(models.Model):
    """An order at a provider that belongs to none of ours, as far as we know: found by a scan of
    numbers, or named by an answer that came after its order had been given up."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ATTACHED = "attached", _("Attached to an order")
        CANCEL_ASKED = "cancel_asked", _("Provider asked to cancel")
        CLOSED = "closed", _("Closed")

    provider = models.ForeignKey("services.Provider", on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(_("number at the provider"), max_length=64)
    # The order that it most likely was made for.
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="orphans", null=True, blank=True
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    report = models.JSONField(_("what the provider says"), default=dict)
    found_at = models.DateTimeField(_("found"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("order without an owner")
        verbose_name_plural = _("orders without an owner")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "external_id"], name="orders_orphan_upstream_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.external_id} at provider {self.provider_id}"
