"""Orders: what was asked for, what it costs and where it is. Status and refunds are written by
`orders.lifecycle` alone. Rules: docs/forwarding.md, docs/plans.md."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import F, Q, Subquery, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from orders.models import order_tables
from orders.models.clocks import Clock
from orders.models.states import ACCEPTED, ASKED_FOR, FINAL, RUNNING, SENT, Role, Status


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user_id: int | None) -> OrderQuerySet:
        return self.filter(customer_id=user_id)

    def asked_for(self) -> OrderQuerySet:
        """What customers placed, without the runs and posts that carry it out."""
        return self.filter(role__in=ASKED_FOR)

    def running(self) -> OrderQuerySet:
        return self.filter(status__in=RUNNING)

    def history_of(self, user_id: int) -> OrderQuerySet:
        """The same as `visible_to`, for reading the newest of them. Whose they are is hidden from
        the planner: told of somebody with a large share of all orders it goes through everybody's
        until there are enough of his, which are all of them if he has not ordered for long."""
        somebody = get_user_model()._default_manager.filter(pk=user_id)
        return self.filter(customer=Subquery(somebody.values("pk")))

    def newest(self, most: int, *, statuses: Collection[str] = ()) -> OrderQuerySet:
        """So many of them, of these states or of any. Their numbers are read by an index alone,
        that of each state from its newest on, whatever lies between."""
        parts = [self.filter(status=status) for status in statuses] or [self.all()]
        numbers = [part.order_by("-pk").values("pk")[:most] for part in parts]
        found = numbers[0].union(*numbers[1:], all=True) if len(numbers) > 1 else numbers[0]
        return self.model._default_manager.filter(pk__in=found).order_by("-pk")[:most]

    def late(self, *, at: datetime) -> OrderQuerySet:
        """With a provider for three times as long as the service usually takes."""
        return self.filter(status__in=ACCEPTED, expected_by__lt=at)

    def called_back(self) -> OrderQuerySet:
        """Whose customer has asked for a cancel that is not answered yet."""
        open_states = ("asked", "sending", "sent", "uncertain")
        return self.filter(follow_ups__kind="cancel", follow_ups__state__in=open_states)

    def due_for_forwarding(self, *, at: datetime) -> OrderQuerySet:
        """Queued rows whose time has come, of customers who may order now and of providers that are
        running."""
        is_lane_open = Q(offer__provider__tripped_until=None) | Q(
            offer__provider__tripped_until__lte=at
        )
        return self.filter(
            is_lane_open,
            status=Status.QUEUED,
            role__in=SENT,
            not_before__lte=at,
            customer__is_active=True,
            customer__frozen_at=None,
            offer__isnull=False,
            offer__provider__paused_at=None,
            # Own work is taken by whoever does it: orders.handwork.
            offer__provider__is_manual=False,
            # A run that came back unsent after its plan had ended stays here until it is canceled.
        ).exclude(Q(pk__in=Order.objects.called_back().values("pk")) | Q(parent__status__in=FINAL))

    def due_for_hands(self, *, at: datetime) -> OrderQuerySet:
        """Queued rows of our own work whose time has come, of customers who may order now."""
        return self.filter(
            status=Status.QUEUED,
            role__in=SENT,
            not_before__lte=at,
            customer__is_active=True,
            customer__frozen_at=None,
            offer__provider__is_manual=True,
            offer__provider__paused_at=None,
        ).exclude(Q(pk__in=Order.objects.called_back().values("pk")) | Q(parent__status__in=FINAL))

    def fairly(self, *, most: int) -> OrderQuerySet:
        """At most this many per provider, oldest first: a long queue of one hides no other's."""
        place = Window(
            RowNumber(),
            partition_by=F("offer__provider"),
            order_by=("not_before", "pk"),
        )
        return self.annotate(place=place).filter(place__lte=most)

    def without_provider(self) -> OrderQuerySet:
        """Queued rows that nobody can send: no provider's service is left to try."""
        return self.filter(status=Status.QUEUED, role__in=SENT, offer=None)


class Order(models.Model):
    Status = Status
    Role = Role

    class Channel(models.TextChoices):
        WEB = "web", _("Web")
        API = "api", _("API")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    service = models.ForeignKey("services.Service", on_delete=models.PROTECT, related_name="+")
    # The terms that govern this order for its whole life (LEG-03).
    publication = models.ForeignKey(
        "legal.Publication", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.SINGLE)
    # Unique constraints below begin with it and with the provider: no index of their own.
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="children",
        null=True,
        blank=True,
        db_index=False,
    )
    # The place among the parent's runs or posts, from 1.
    run_number = models.PositiveIntegerField(_("run"), null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=4, choices=Channel)
    idempotency_key = models.CharField(max_length=100, null=True, blank=True)
    request_hash = models.CharField(max_length=64, blank=True)

    link = models.CharField(_("link"), max_length=2000)
    link_key = models.CharField(max_length=64)
    # Of a drip-feed: per run. See `units` for what is charged for and counted back.
    quantity = models.PositiveIntegerField(_("quantity"))
    runs = models.PositiveIntegerField(_("runs"), null=True, blank=True)
    interval_minutes = models.PositiveIntegerField(_("minutes between runs"), null=True, blank=True)
    parameters = models.JSONField(_("parameters"), default=dict)
    snapshot = models.JSONField(_("service as ordered"))
    rate_micros = models.BigIntegerField(_("price per 1000"))
    charge_micros = models.BigIntegerField(_("charge"))
    # What may have to come back so far, and what has: a refund is a target, not an event.
    due_micros = models.BigIntegerField(_("refund due"), default=0)
    refunded_micros = models.BigIntegerField(_("refunded"), default=0)
    # The part of the refunds that the house paid, because the provider had not given it back yet.
    absorbed_micros = models.BigIntegerField(_("borne by the house"), default=0)
    # What of that the provider has given back, and when it was done with such an order.
    recovered_micros = models.BigIntegerField(_("recovered"), default=0, db_default=0)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    # How much of the refunds the customer has a mail about: orders.ending.refund_mails.
    told_micros = models.BigIntegerField(_("refunds mailed"), default=0, db_default=0)
    duplicate_accepted = models.BooleanField(_("second order on a link accepted"), default=False)

    status = models.CharField(_("status"), max_length=12, choices=Status)
    not_before = models.DateTimeField(_("not sent before"))
    # The provider's service that is tried; who has accepted the order stands in `provider`.
    offer = models.ForeignKey(
        "services.ProviderService",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    provider = models.ForeignKey(
        "services.Provider",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    external_id = models.CharField(
        _("number at the provider"), max_length=64, null=True, blank=True
    )
    start_count = models.BigIntegerField(_("start count"), null=True, blank=True)
    remains = models.BigIntegerField(_("remains"), null=True, blank=True)
    poll_failures = models.PositiveSmallIntegerField(_("unreadable checks"), default=0)
    was_cut_short = models.BooleanField(_("was once partial or canceled"), default=False)
    # Since when the provider tells nothing readable; when it last did, its clock says.
    silent_since = models.DateTimeField(_("no readable check since"), null=True, blank=True)
    # From then on the order is late; None where nobody knows how long the service takes.
    expected_by = models.DateTimeField(_("late from"), null=True, blank=True)
    # What the provider says it takes, in its own currency: for reports on margins alone.
    provider_charge_micros = models.BigIntegerField(_("provider's charge"), null=True, blank=True)
    provider_currency = models.CharField(_("provider's currency"), max_length=3, blank=True)

    # Support looks into it (ORD-11); the customer's own mistake (ORD-08); told of the acceptance:
    # by mail, or by the answer itself where the caller is a program (ORD-02).
    review_since = models.DateTimeField(_("under review since"), null=True, blank=True)
    user_error_at = models.DateTimeField(_("customer's mistake since"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("acceptance confirmed"), null=True, blank=True)

    created_at = models.DateTimeField(_("placed"))
    sent_at = models.DateTimeField(_("accepted by the provider"), null=True, blank=True)
    # When the first of its units were seen to be delivered.
    started_at = models.DateTimeField(_("delivery began"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("resolve_uncertain", "Can decide what became of an uncertain order"),
            ("review_held", "Can release or refuse an order that is held for review"),
            ("cancel_without_refund", "Can cancel an order and keep its charge"),
            ("set_status", "Can set an order to completed, partial or canceled"),
            ("mark_user_error", "Can mark an order as the customer's mistake"),
            ("refund_user_error", "Can refund an order that is the customer's mistake"),
        ]
        indexes = order_tables.INDEXES
        constraints = order_tables.CONSTRAINTS

    def __str__(self) -> str:
        return f"order {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("orders:order_detail", args=[self.pk])

    @property
    def reference(self) -> str:
        """How the ledger names this order."""
        return f"order:{self.pk}"

    @property
    def units(self) -> int:
        """What the charge is for and refunds are counted in: docs/ledger.md, "Unit"."""
        return self.quantity * (self.runs or 1)

    @property
    def net_charge_micros(self) -> int:
        """What the order costs now: the charge less what came back."""
        return self.charge_micros - self.refunded_micros

    @property
    def delivered(self) -> int | None:
        """Units that the provider says are done, never outside 0..units; None before it says."""
        if self.status == Status.COMPLETED:
            return self.units
        if self.remains is None:
            return None
        return max(0, min(self.units, self.units - self.remains))

    @property
    def next_check_at(self) -> datetime | None:
        """When its provider is asked about it next; None before it has one, and at the end."""
        clock: Clock | None = getattr(self, "clock", None)
        return None if clock is None else clock.next_at

    @property
    def checked_at(self) -> datetime | None:
        """When it was last told something readable of it."""
        clock: Clock | None = getattr(self, "clock", None)
        return None if clock is None else clock.checked_at

    @property
    def kept_micros(self) -> int:
        """What of the charge is in escrow or earned: what the house paid back is not off it."""
        return self.net_charge_micros + self.absorbed_micros - self.recovered_micros

    @property
    def is_owed_to_the_house(self) -> bool:
        """Paid back at the house's own loss, while its provider is still at it."""
        return self.absorbed_micros > 0 and self.settled_at is None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL
