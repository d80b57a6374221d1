"""Refunds that people decide: what a customer claims, and what staff want a second person for.
Rules: docs/claims.md, docs/forwarding.md ("Deciding an uncertain order")."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class ClaimQuerySet(models.QuerySet["Claim"]):
    def open(self) -> ClaimQuerySet:
        """The pressing ones first, then what is due first (REF-15, REF-13)."""
        return self.filter(state=Claim.State.OPEN).order_by("-is_expedited", "due_at", "pk")

    def overdue(self, *, at: datetime) -> ClaimQuerySet:
        return self.filter(state=Claim.State.OPEN, due_at__lt=at)


class Claim(models.Model):
    """A refund that staff decide in full or in part, never above what is left of the charge."""

    class Kind(models.TextChoices):
        NOT_STARTED = "not_started", _("It has not started")
        NOT_DELIVERED = "not_delivered", _("It was not delivered")
        NOT_AS_DESCRIBED = "not_as_described", _("It is not what was described")
        TECHNICAL = "technical", _("A technical problem prevented it")
        # Opened by the panel where the terms leave a partial refund to staff (REF-06).
        PARTIAL = "partial", _("Part of it was not delivered")

    class State(models.TextChoices):
        OPEN = "open", _("Being looked at")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="claims")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    opened_at = models.DateTimeField(_("opened"))
    due_at = models.DateTimeField(_("answer due"))
    is_expedited = models.BooleanField(_("expedited"), default=False)
    reason = models.TextField(_("what happened"), blank=True)
    evidence = models.TextField(_("how it can be seen"), blank=True)
    # Micros back in all if it is approved as suggested: a target, as every refund.
    suggested_micros = models.BigIntegerField(_("suggested"), null=True, blank=True)
    granted_micros = models.BigIntegerField(_("granted"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    verdict = models.CharField(_("why"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        permissions = [("decide_claim", "Can approve or decline claims")]
        indexes = [
            models.Index(fields=["due_at"], name="orders_claim_open", condition=Q(state="open"))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], name="orders_claim_one_open", condition=Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return f"claim of order {self.order_id}"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def waiting(self) -> ProposalQuerySet:
        return self.filter(outcome=Proposal.Outcome.WAITING).order_by("pk")


class Proposal(models.Model):
    """An act of staff on an order that waits for another person; the database itself refuses a
    second person who is the first. `details` are the act's own facts."""

    class Kind(models.TextChoices):
        ATTACH = "attach", _("Attach to a number at the provider")
        SEND_AGAIN = "not_created", _("Send again")
        GIVE_UP = "refund", _("Give up and refund")
        CLAIM = "claim", _("Approve a claim")
        SET_STATUS = "set_status", _("Set the status")

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waits for a second person")
        DONE = "done", _("Done")
        DECLINED = "declined", _("Declined")
        OVERTAKEN = "overtaken", _("Overtaken by events")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(_("act"), max_length=12, choices=Kind)
    details = models.JSONField(_("details"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(_("proposed"))
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome, default=Outcome.WAITING
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.UniqueConstraint(
                fields=["order"], name="orders_proposal_one_waiting", condition=Q(outcome="waiting")
            ),
            models.CheckConstraint(
                name="orders_proposal_two_people",
                condition=~Q(outcome="done") | ~Q(decided_by=F("proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of order {self.order_id}"
