"""Where an order may be, and what it may be in a plan."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where an order is; the label is the word that customers read."""

    HELD = "held", _("Held for review")
    QUEUED = "queued", _("Pending")
    SUBMITTING = "submitting", _("Pending, being sent")
    UNCERTAIN = "uncertain", _("Pending, being confirmed")
    PENDING = "pending", _("Pending")
    IN_PROGRESS = "in_progress", _("In progress")
    PROCESSING = "processing", _("Processing")
    COMPLETED = "completed", _("Completed")
    PARTIAL = "partial", _("Partial")
    CANCELED = "canceled", _("Canceled")


UNSENT = (Status.HELD, Status.QUEUED)
ACCEPTED = (Status.PENDING, Status.IN_PROGRESS, Status.PROCESSING)
RUNNING = (*UNSENT, Status.SUBMITTING, Status.UNCERTAIN, *ACCEPTED)
FINAL = (Status.COMPLETED, Status.PARTIAL, Status.CANCELED)


class Role(models.TextChoices):
    """What an order is in its plan; most are in none."""

    SINGLE = "single", _("Order")
    # Paid at once, delivered by one order for each run: never sent itself.
    DRIP_FEED = "drip_feed", _("Drip-feed")
    RUN = "run", _("Run of a drip-feed")
    # Sent once; the provider makes an order for each new post.
    SUBSCRIPTION = "subscription", _("Subscription")
    POST = "post", _("Post of a subscription")


# What customers asked for themselves; the others are how it is carried out.
ASKED_FOR = (Role.SINGLE, Role.DRIP_FEED, Role.SUBSCRIPTION)
SENT = (Role.SINGLE, Role.RUN, Role.SUBSCRIPTION)
