"""What is asked for after an order: a refill, that it be stopped, that it go faster. Written by
`orders.followups`. Rules: docs/after-an-order.md."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts import parts
from orders.models.orders import Order
from orders.models.states import ACCEPTED, FINAL, UNSENT, Status


def _cancels(at: datetime) -> Q:
    is_its_own = Q(external_id=None) | Q(external_id=F("order__external_id"))
    is_settled = Q(order__absorbed_micros=0) | Q(order__settled_at__isnull=False)
    waits_to_be_sent = Q(asked_by=None, asked_at__gte=F("order__finished_at"))
    waits_to_be_sent &= Q(order__settled_at=None) & ~Q(state=FollowUp.State.SENT)
    answered = is_its_own & is_settled & Q(order__status__in=FINAL) & ~waits_to_be_sent
    freed = Q(order__status__in=UNSENT)
    arrived = Q(
        state=FollowUp.State.ASKED,
        provider=None,
        asked_by__isnull=False,
        order__status__in=ACCEPTED,
    )
    overdue = Q(provider__isnull=False, due_at__lte=at)
    return Q(kind=FollowUp.Kind.CANCEL) & (answered | freed | arrived | overdue)


def _refills(before: datetime) -> Q:
    cut_short = Q(state=FollowUp.State.ASKED) & ~Q(order__status=Status.COMPLETED)
    silent = Q(state=FollowUp.State.SENT, external_id__isnull=False, asked_at__lte=before)
    return Q(kind=FollowUp.Kind.REFILL) & (cut_short | silent)


def _speed_ups() -> Q:
    return Q(kind=FollowUp.Kind.SPEED_UP, order__status__in=FINAL)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def asked_by(self, customer_id: int) -> FollowUpQuerySet:
        """A customer's own; what the panel asks for by itself is no matter of his."""
        return self.filter(asked_by=parts.person(customer_id))

    def open(self) -> FollowUpQuerySet:
        return self.filter(state__in=FollowUp.OPEN)

    def due_for_sending(self, *, at: datetime) -> FollowUpQuerySet:
        """What a provider is to be asked, of providers that are running: `provider` is empty
        where people carry it out, and where nobody knows yet who has the order."""
        waited = Q(not_before=None) | Q(not_before__lte=at)
        tried = Q(provider__tripped_until=None) | Q(provider__tripped_until__lte=at)
        return self.filter(
            waited,
            tried,
            state=FollowUp.State.ASKED,
            provider__isnull=False,
            provider__paused_at=None,
        )

    def expired(self, *, at: datetime) -> FollowUpQuerySet:
        """Being sent by a worker that is gone."""
        return self.filter(state=FollowUp.State.SENDING, lease_until__lt=at)

    def worth_a_look(self, *, at: datetime, refills_before: datetime) -> FollowUpQuerySet:
        """Open ones that their order has answered, or that may move on, or whose time is up: a
        refill that was asked for before `refills_before` is given up. Nothing that only waits, or
        many of those would stand in front of the others."""
        looked_at = self.open().exclude(state=FollowUp.State.SENDING)
        return looked_at.filter(_cancels(at) | _refills(refills_before) | _speed_ups())

    def for_people(self) -> FollowUpQuerySet:
        """What waits for staff: nobody can be asked by a call, or the call's outcome is unknown,
        or the answer has no number that could be followed."""
        unasked = Q(state=FollowUp.State.ASKED, provider=None)
        unasked &= ~Q(order__status__in=["submitting", "uncertain"])
        unfollowed = Q(state=FollowUp.State.SENT, kind=FollowUp.Kind.REFILL, external_id=None)
        return self.filter(unasked | unfollowed | Q(state=FollowUp.State.UNCERTAIN))

    def for_people_at(self, *, at: datetime) -> FollowUpQuerySet:
        """The same, and whatever else has had no answer in its time."""
        waiting = FollowUp.objects.for_people().values("pk")
        return self.open().filter(Q(pk__in=waiting) | Q(due_at__lt=at))

    def giving_up_refund(self) -> FollowUpQuerySet:
        """What a provider was asked for without a refund, unless it has declined."""
        asked = ("sent", "uncertain", "done")
        return self.filter(kind="cancel", gives_up_refund=True, state__in=asked)

    def due_for_sync(self, *, at: datetime) -> FollowUpQuerySet:
        return self.filter(state=FollowUp.State.SENT, next_poll_at__lte=at)


class FollowUp(models.Model):
    """One request with its state and its clock. An order has at most one open one of a kind."""

    class Kind(models.TextChoices):
        REFILL = "refill", _("Refill")
        CANCEL = "cancel", _("Cancel")
        SPEED_UP = "speed_up", _("Speed-up")

    class State(models.TextChoices):
        ASKED = "asked", _("Asked")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("With the provider")
        # The call may have arrived: it is never sent again by itself.
        UNCERTAIN = "uncertain", _("Being confirmed")
        DONE = "done", _("Done")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("Not carried out in time")

    OPEN = (State.ASKED, State.SENDING, State.SENT, State.UNCERTAIN)

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="follow_ups")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    # None where the panel asks by itself, such as for an order that it paid back at its own loss.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    asked_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("answer due"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    not_before = models.DateTimeField(_("not sent before"), null=True, blank=True)
    provider = models.ForeignKey(
        "services.Provider", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # Of a refill: its own number there. Of a cancel: the order's, so that it is called back once.
    external_id = models.CharField(
        _("number at the provider"), max_length=64, null=True, blank=True
    )
    next_poll_at = models.DateTimeField(_("next check"), null=True, blank=True)
    # A code that the pages have words for; what the provider said is for staff alone.
    reason = models.CharField(_("why it ended so"), max_length=40, blank=True)
    excerpt = models.CharField(_("answer"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # Of a cancel: its customer was told that nothing comes back, and asked for it all the same.
    gives_up_refund = models.BooleanField(_("without a refund"), default=False, db_default=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("request after an order")
        verbose_name_plural = _("requests after an order")
        permissions = [("decide_followup", "Can carry out or decline what customers ask for")]
        indexes = [
            models.Index(
                fields=["state", "next_poll_at"],
                name="orders_followup_open",
                condition=Q(state__in=["asked", "sending", "sent", "uncertain"]),
            ),
            models.Index(
                fields=["asked_by", "kind", "-id"],
                name="orders_followup_asked",
                condition=Q(asked_by__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"],
                name="orders_followup_one_open",
                condition=Q(state__in=["asked", "sending", "sent", "uncertain"]),
            ),
            models.UniqueConstraint(
                fields=["provider", "kind", "external_id"], name="orders_followup_upstream_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of order {self.order_id}"
