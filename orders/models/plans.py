"""Orders that are carried out bit by bit: see docs/plans.md."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class DripFeed(models.Model):
    """A drip-feed that the panel runs itself: its order is paid for, each run is an order below."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="drip_feed")
    runs_started = models.PositiveIntegerField(_("runs started"), default=0)
    # None once no further run will begin.
    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True)
    # Written by orders.lifecycle when a run has ended; orders.plans counts it and clears this.
    news_at = models.DateTimeField(_("news since"), null=True, blank=True)

    class Meta:
        verbose_name = _("drip-feed")
        verbose_name_plural = _("drip-feeds")
        indexes = [
            models.Index(
                fields=["next_run_at"],
                name="orders_dripfeed_due",
                condition=Q(next_run_at__isnull=False),
            ),
            models.Index(
                fields=["news_at"],
                name="orders_dripfeed_news",
                condition=Q(news_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"drip-feed of order {self.order_id}"


class Subscription(models.Model):
    """New posts of a user name, as API v2 knows them. The quantity of each post lies between the
    two bounds; `posts` is None where their number is not limited."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        COMPLETED = "completed", _("Completed")
        EXPIRED = "expired", _("Expired")
        CANCELED = "canceled", _("Canceled")

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="subscription")
    username = models.CharField(_("user name"), max_length=200)
    min_quantity = models.PositiveIntegerField(_("fewest per post"))
    max_quantity = models.PositiveIntegerField(_("most per post"))
    posts = models.PositiveIntegerField(_("new posts"), null=True, blank=True)
    old_posts = models.PositiveIntegerField(_("old posts"), default=0)
    delay_minutes = models.PositiveIntegerField(_("delay in minutes"), default=0)
    expires_on = models.DateField(_("ends on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    pause_reason = models.CharField(_("why it is paused"), max_length=40, blank=True)
    posts_seen = models.PositiveIntegerField(_("posts so far"), default=0)
    # What the provider said last, {"status": "Active", "posts": "3", "orders": ["11", "12"]}:
    # written by orders.following when it differs, with `news_at`; orders.plans acts on it and
    # clears `news_at`.
    reported = models.JSONField(_("what the provider says"), default=dict, blank=True)
    news_at = models.DateTimeField(_("news since"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        indexes = [
            models.Index(
                fields=["news_at"],
                name="orders_subscription_news",
                condition=Q(news_at__isnull=False),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="orders_subscription_bounds",
                condition=Q(min_quantity__gte=1, max_quantity__gte=models.F("min_quantity")),
            )
        ]

    def __str__(self) -> str:
        return f"subscription of order {self.order_id}"


class RepeatQuerySet(models.QuerySet["Repeat"]):
    def due(self, *, at: datetime) -> RepeatQuerySet:
        return self.filter(
            state__in=[Repeat.State.ACTIVE, Repeat.State.PAST_DUE], next_on__lte=at.date()
        )


class Repeat(models.Model):
    """An order that is placed again every month on the day it began (SUB-01 to SUB-07)."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAST_DUE = "past_due", _("Waits for funds")
        ENDING = "ending", _("Ends with its period")
        ENDED = "ended", _("Ended")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="repeats"
    )
    # The order that was to be repeated: it is the first period itself, and one of a kind.
    origin = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="repeats")
    service = models.ForeignKey("services.Service", on_delete=models.PROTECT, related_name="+")
    link = models.CharField(_("link"), max_length=2000)
    quantity = models.PositiveIntegerField(_("quantity"))
    parameters = models.JSONField(_("parameters"), default=dict)
    anchor_day = models.PositiveSmallIntegerField(_("day of the month"))
    period = models.PositiveIntegerField(_("periods so far"), default=0)
    # The day of the next charge; None once there is none.
    next_on = models.DateField(_("next charge"), null=True, blank=True)
    paid_until = models.DateField(_("paid until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    # The most that the customer agreed to pay for a period, in the words he agreed to.
    agreed_charge_micros = models.BigIntegerField(_("agreed charge"))
    mandate = models.TextField(_("what was agreed to"))
    agreed_at = models.DateTimeField(_("agreed"))
    agreed_from_ip = models.GenericIPAddressField(_("agreed from"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = RepeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("repeat order")
        verbose_name_plural = _("repeat orders")
        indexes = [
            models.Index(
                fields=["next_on"], name="orders_repeat_due", condition=Q(next_on__isnull=False)
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="orders_repeat_day", condition=Q(anchor_day__gte=1, anchor_day__lte=31)
            ),
            models.UniqueConstraint(
                fields=["origin"], name="orders_repeat_one_of_an_order", condition=~Q(state="ended")
            ),
        ]

    def __str__(self) -> str:
        return f"repeat {self.pk}"


class RepeatPeriod(models.Model):
    """One month of a repeat order: at most one charge, however often the job runs (SUB-02)."""

    repeat = models.ForeignKey(Repeat, on_delete=models.PROTECT, related_name="periods")
    number = models.PositiveIntegerField(_("period"))
    due_on = models.DateField(_("due"))
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, related_name="repeat_period", null=True, blank=True
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    tried_at = models.DateTimeField(_("last try"), null=True, blank=True)
    trouble = models.CharField(_("why it was not placed"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("period of a repeat order")
        verbose_name_plural = _("periods of repeat orders")
        constraints = [
            models.UniqueConstraint(fields=["repeat", "number"], name="orders_repeatperiod_once")
        ]

    def __str__(self) -> str:
        return f"period {self.number} of repeat {self.repeat_id}"
