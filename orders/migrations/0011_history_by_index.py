"""Pages of orders are found in indexes alone, and taking an order writes to three indexes less.

The two indexes that lists are read by hold what every list asks besides, so that neither a page nor
a count looks at rows that it does not show. `orders_order_running_links` begins with the link now:
who asks knows both, and staff know the link alone. `orders_order_late` holds whose they are, and
none that nothing is expected of. Orders that have ended have an index of their
own, which a fresh one is not in: it is written once in an order's life.

In exchange the three unique rules that a fresh order of a program cannot break leave it out (it is
no run, no provider has it, and it may have no key), where each wrote an empty entry for it.
"""

from django.db import migrations, models
from django.db.models import Q

RUNNING = [
    "held",
    "queued",
    "submitting",
    "uncertain",
    "pending",
    "in_progress",
    "processing",
]
ENDED = ["completed", "partial", "canceled"]


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_write_reports")]

    operations = [
        migrations.RemoveConstraint("order", "orders_order_upstream_once"),
        migrations.RemoveConstraint("order", "orders_order_one_per_run"),
        migrations.RemoveConstraint("order", "orders_order_one_per_press"),
        migrations.RemoveIndex("order", "orders_order_running_links"),
        migrations.RemoveIndex("order", "orders_order_late"),
        migrations.RemoveIndex("order", "orders_order_customer"),
        migrations.RemoveIndex("order", "orders_order_customer_status"),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["customer", "-id"],
                name="orders_order_customer",
                include=["role", "created_at"],
            ),
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["customer", "status", "-id"],
                name="orders_order_customer_status",
                include=["role", "created_at"],
            ),
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["expected_by", "customer"],
                name="orders_order_late",
                condition=Q(
                    status__in=["pending", "in_progress", "processing"], expected_by__isnull=False
                ),
            ),
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["link_key", "customer"],
                name="orders_order_running_links",
                condition=Q(status__in=RUNNING, parent__isnull=True),
            ),
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["link_key", "customer"],
                name="orders_order_ended_links",
                condition=Q(status__in=ENDED, parent__isnull=True),
            ),
        ),
        migrations.AddIndex(
            "submission",
            models.Index(
                fields=["candidate_id"],
                name="orders_submission_candidates",
                condition=~Q(candidate_id=""),
            ),
        ),
        migrations.AddConstraint(
            "order",
            models.UniqueConstraint(
                fields=["parent", "run_number"],
                name="orders_order_one_per_run",
                condition=Q(parent__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "order",
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"],
                name="orders_order_one_per_press",
                condition=Q(idempotency_key__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "order",
            models.UniqueConstraint(
                fields=["provider", "external_id"],
                name="orders_order_upstream_once",
                condition=Q(provider__isnull=False),
            ),
        ),
    ]
