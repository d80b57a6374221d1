"""What the table of orders is searched by, and what it refuses."""

from django.db import models
from django.db.models import F, Q

from orders.models.states import FINAL, RUNNING, Status

INDEXES = (
    # With what every list asks besides, so that pages and counts are found in them alone.
    models.Index(
        fields=["customer", "-id"],
        name="orders_order_customer",
        include=["role", "created_at"],
    ),
    models.Index(
        fields=["customer", "status", "-id"],
        name="orders_order_customer_status",
        include=["role", "created_at"],
    ),
    models.Index(fields=["not_before"], name="orders_order_queue", condition=Q(status="queued")),
    models.Index(fields=["id"], name="orders_order_uncertain", condition=Q(status="uncertain")),
    models.Index(fields=["id"], name="orders_order_held", condition=Q(status="held")),
    models.Index(
        fields=["silent_since"],
        name="orders_order_silent",
        condition=Q(silent_since__isnull=False),
    ),
    models.Index(
        fields=["expected_by", "customer"],
        name="orders_order_late",
        condition=Q(status__in=["pending", "in_progress", "processing"], expected_by__isnull=False),
    ),
    models.Index(
        fields=["id"],
        name="orders_order_plans",
        condition=Q(role__in=["drip_feed", "subscription"]),
    ),
    # The newest ends of a service: how fast it was of late (orders.following.pacing).
    models.Index(
        fields=["service", "-finished_at"],
        name="orders_order_ended",
        condition=Q(finished_at__isnull=False, sent_at__isnull=False),
    ),
    models.Index(
        fields=["id"],
        name="orders_order_untold",
        condition=Q(told_micros__lt=F("refunded_micros")),
    ),
    # What the house has paid back while its provider is still at it: few, and looked for often.
    models.Index(
        fields=["id"],
        name="orders_order_owed",
        condition=Q(absorbed_micros__gt=0, settled_at__isnull=True),
    ),
    models.Index(
        fields=["id"],
        name="orders_order_unconfirmed",
        condition=Q(confirmed_at__isnull=True, parent__isnull=True),
    ),
    # Both by the link first: the panel asks for one customer's, staff for everybody's.
    models.Index(
        fields=["link_key", "customer"],
        name="orders_order_running_links",
        condition=Q(status__in=[status.value for status in RUNNING], parent__isnull=True),
    ),
    models.Index(
        fields=["link_key", "customer"],
        name="orders_order_ended_links",
        condition=Q(status__in=[status.value for status in FINAL], parent__isnull=True),
    ),
)

CONSTRAINTS = (
    models.CheckConstraint(
        name="orders_order_status_known",
        condition=Q(status__in=[status.value for status in Status]),
    ),
    models.CheckConstraint(
        name="orders_order_refund_within_charge",
        condition=Q(
            charge_micros__gte=0,
            refunded_micros__gte=0,
            refunded_micros__lte=F("due_micros"),
            due_micros__lte=F("charge_micros"),
            absorbed_micros__gte=0,
            absorbed_micros__lte=F("refunded_micros"),
            recovered_micros__gte=0,
            recovered_micros__lte=F("absorbed_micros"),
        ),
    ),
    models.CheckConstraint(
        name="orders_order_role_fits",
        condition=(
            Q(role__in=["single", "subscription"], parent__isnull=True)
            | Q(role="drip_feed", parent__isnull=True, runs__gte=2)
            | Q(role__in=["run", "post"], parent__isnull=False, run_number__gte=1)
        ),
    ),
    # Of those alone that have one: an order that is just placed stands in no index for it.
    models.UniqueConstraint(
        fields=["parent", "run_number"],
        name="orders_order_one_per_run",
        condition=Q(parent__isnull=False),
    ),
    models.UniqueConstraint(
        fields=["customer", "idempotency_key"],
        name="orders_order_one_per_press",
        condition=Q(idempotency_key__isnull=False),
    ),
    models.UniqueConstraint(
        fields=["provider", "external_id"],
        name="orders_order_upstream_once",
        condition=Q(provider__isnull=False),
    ),
    models.UniqueConstraint(
        fields=["customer", "service", "link_key"],
        name="orders_order_one_running_per_link",
        condition=Q(
            status__in=[status.value for status in RUNNING],
            parent__isnull=True,
            duplicate_accepted=False,
        ),
    ),
)
