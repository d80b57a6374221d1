"""What two people decide about money, with who asked, who agreed and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DecisionQuerySet(models.QuerySet["Decision"]):
    def waiting(self) -> DecisionQuerySet:
        return self.filter(outcome=Decision.Outcome.WAITING).order_by("pk")


class Decision(models.Model):
    """An act of staff on money. One person proposes; where the rule asks for it, another agrees.

    The database itself refuses a second person who is the first. `subject` names what it is about
    ("withdrawal:5", "deposit:7", "user:3"); `details` are the act's own facts.
    """

    class Kind(models.TextChoices):
        ADJUSTMENT = "adjustment", _("Correct a balance")
        GOODWILL = "goodwill", _("Give goodwill")
        FORFEITURE = "forfeiture", _("Forfeit a balance")
        FORFEITURE_RETURN = "forfeit_return", _("Undo a forfeiture")
        CONFIRM_DEPOSIT = "confirm_deposit", _("Confirm a bank payment")
        APPROVE_WITHDRAWAL = "withdrawal", _("Pay money back")
        PAY_BY_HAND = "pay_by_hand", _("Pay money back another way")
        CREDIT_PAYMENT = "credit_payment", _("Credit an unmatched payment")

    class Reason(models.TextChoices):
        MISTAKE = "mistake", _("A mistake of ours")
        COMPENSATION = "compensation", _("Compensation")
        PAYMENT = "payment", _("A payment outside the gateways")
        FRAUD = "fraud", _("Fraud or stolen payment details")
        CHARGEBACK = "chargeback", _("A reversed payment")
        ABUSE = "aup", _("Breach of the rules of use")
        REQUEST = "request", _("Asked for by the customer")

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waits for a second person")
        DONE = "done", _("Done")
        DECLINED = "declined", _("Declined")

    kind = models.CharField(_("act"), max_length=16, choices=Kind)
    subject = models.CharField(_("about"), max_length=60)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions"
    )
    # Signed: a correction may take.
    amount_micros = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    needs_second = models.BooleanField(_("needs a second person"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, default=Outcome.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    # Sent with the form: pressing twice proposes once.
    idempotency_key = models.CharField(max_length=64, blank=True, editable=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision on money")
        verbose_name_plural = _("decisions on money")
        permissions = [
            ("give_goodwill", "Can give or propose goodwill"),
            ("propose_money", "Can propose corrections"),
            ("propose_forfeiture", "Can propose to forfeit a balance, or to undo that"),
            ("decide_money", "Can agree to what another person proposed"),
            ("view_reports", "Can see the payment queues and the reports"),
            ("confirm_deposit", "Can confirm bank payments"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                name="wallet_decision_one_waiting",
                condition=Q(outcome="waiting"),
            ),
            models.UniqueConstraint(
                fields=["proposed_by", "idempotency_key"],
                name="wallet_decision_one_press",
                condition=~Q(idempotency_key=""),
            ),
            models.CheckConstraint(
                name="wallet_decision_two_people",
                condition=~Q(outcome="done", needs_second=True)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"decision:{self.pk}"
