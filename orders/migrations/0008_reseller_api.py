from pathlib import Path

from accounts.sqlfiles import run_sql_file
import django.contrib.postgres.fields
import django.db.models.deletion
import services.encryption
from django.conf import settings
from django.db import migrations, models


SQL = Path(__file__).resolve().parent.parent / "sql"

# No number of a played order or request looks like a real one (orders.models.sandbox).
NUMBERED = """
ALTER TABLE {table} ALTER COLUMN id SET START WITH 900000001 RESTART
"""
TABLES = ("orders_sandboxorder", "orders_sandboxrequest")


class Migration(migrations.Migration):
    dependencies = [
        ("wallet", "0007_many_orders"),
        ("accounts", "0006_reseller_api"),
        ("legal", "0002_immutable"),
        ("orders", "0007_place_what_is_sold"),
        ("services", "0006_own_work"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiProbe",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("minute", models.DateTimeField(unique=True, verbose_name="minute")),
                ("is_up", models.BooleanField(verbose_name="answered")),
                ("took_ms", models.PositiveIntegerField(verbose_name="milliseconds")),
                ("reason", models.CharField(blank=True, max_length=40, verbose_name="reason")),
            ],
            options={
                "verbose_name": "API probe",
                "verbose_name_plural": "API probes",
            },
        ),
        migrations.CreateModel(
            name="OpenCount",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at_most", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "bound on running orders",
                "verbose_name_plural": "bounds on running orders",
            },
        ),
        migrations.AlterField(
            model_name="order",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="orders.order",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="provider",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="services.provider",
            ),
        ),
        migrations.CreateModel(
            name="SandboxOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("single", "Order"),
                            ("drip_feed", "Drip-feed"),
                            ("run", "Run of a drip-feed"),
                            ("subscription", "Subscription"),
                            ("post", "Post of a subscription"),
                        ],
                        default="single",
                        max_length=12,
                        verbose_name="role",
                    ),
                ),
                ("idempotency_key", models.CharField(blank=True, max_length=100, null=True)),
                ("request_hash", models.CharField(max_length=64)),
                ("link", models.CharField(max_length=2000, verbose_name="link")),
                ("link_key", models.CharField(max_length=64)),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                ("runs", models.PositiveIntegerField(blank=True, null=True, verbose_name="runs")),
                (
                    "interval_minutes",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="minutes between runs"
                    ),
                ),
                ("parameters", models.JSONField(default=dict, verbose_name="parameters")),
                ("snapshot", models.JSONField(verbose_name="service as ordered")),
                ("rate_micros", models.BigIntegerField(verbose_name="price per 1000")),
                ("charge_micros", models.BigIntegerField(verbose_name="charge")),
                (
                    "duplicate_accepted",
                    models.BooleanField(
                        default=False, verbose_name="second order on a link accepted"
                    ),
                ),
                ("course", models.CharField(max_length=20, verbose_name="course")),
                ("created_at", models.DateTimeField(db_index=True, verbose_name="placed")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "publication",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="legal.publication",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="services.service",
                    ),
                ),
            ],
            options={
                "verbose_name": "sandbox order",
                "verbose_name_plural": "sandbox orders",
            },
        ),
        migrations.CreateModel(
            name="SandboxRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refill", "Refill"),
                            ("cancel", "Cancel"),
                            ("speed_up", "Speed-up"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                ("is_granted", models.BooleanField(default=True, verbose_name="granted")),
                (
                    "gives_up_refund",
                    models.BooleanField(default=False, verbose_name="without a refund"),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requests",
                        to="orders.sandboxorder",
                    ),
                ),
            ],
            options={
                "verbose_name": "sandbox request",
                "verbose_name_plural": "sandbox requests",
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("url", models.CharField(max_length=500, verbose_name="address")),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("order.status_changed", "The status of an order changes"),
                                ("order.refunded", "Money of an order comes back"),
                                (
                                    "order.progressed",
                                    "The counts of an order change (many messages)",
                                ),
                                ("refill.status_changed", "The status of a refill changes"),
                                ("cancel.status_changed", "A request to cancel is answered"),
                                ("webhook.test", "Test"),
                            ],
                            max_length=24,
                        ),
                        size=None,
                        verbose_name="tells of",
                    ),
                ),
                ("secret", services.encryption.EncryptedTextField(editable=False)),
                ("old_secret", services.encryption.EncryptedTextField(blank=True, editable=False)),
                (
                    "old_secret_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="old secret ends"),
                ),
                ("created_at", models.DateTimeField(verbose_name="created")),
                (
                    "disabled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="disabled"),
                ),
                (
                    "disabled_as",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("paused", "Paused by you"),
                            ("failing", "Failed for five days"),
                            ("gone", "Your server answered “410 Gone”"),
                        ],
                        max_length=8,
                        verbose_name="why",
                    ),
                ),
                (
                    "failing_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="failing since"),
                ),
                ("lane_until", models.DateTimeField(editable=False, null=True)),
                ("rests_until", models.DateTimeField(editable=False, null=True)),
                ("failures_in_a_row", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhook_endpoints",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
            },
        ),
        migrations.CreateModel(
            name="WebhookMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("order.status_changed", "The status of an order changes"),
                            ("order.refunded", "Money of an order comes back"),
                            ("order.progressed", "The counts of an order change (many messages)"),
                            ("refill.status_changed", "The status of a refill changes"),
                            ("cancel.status_changed", "A request to cancel is answered"),
                            ("webhook.test", "Test"),
                        ],
                        max_length=24,
                        verbose_name="type",
                    ),
                ),
                ("sequence", models.BigIntegerField(null=True, verbose_name="sequence")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("occurred_at", models.DateTimeField(verbose_name="occurred")),
                ("next_attempt_at", models.DateTimeField(verbose_name="next attempt")),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="attempts"
                    ),
                ),
                ("delivered_at", models.DateTimeField(null=True, verbose_name="delivered")),
                ("given_up_at", models.DateTimeField(null=True, verbose_name="given up")),
                (
                    "endpoint",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="orders.webhookendpoint",
                    ),
                ),
            ],
            options={
                "verbose_name": "message of a webhook",
                "verbose_name_plural": "messages of webhooks",
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("http_status", models.PositiveSmallIntegerField(null=True, verbose_name="answer")),
                ("error", models.CharField(blank=True, max_length=20, verbose_name="error")),
                ("took_ms", models.PositiveIntegerField(verbose_name="milliseconds")),
                (
                    "excerpt",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="beginning of the answer"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tries",
                        to="orders.webhookmessage",
                    ),
                ),
            ],
            options={
                "verbose_name": "attempt of a webhook",
                "verbose_name_plural": "attempts of webhooks",
            },
        ),
        migrations.AddIndex(
            model_name="sandboxorder",
            index=models.Index(fields=["customer", "-id"], name="orders_sandbox_customer"),
        ),
        migrations.AddConstraint(
            model_name="sandboxorder",
            constraint=models.UniqueConstraint(
                fields=("customer", "idempotency_key"), name="orders_sandbox_one_per_press"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(
                condition=models.Q(("delivered_at", None), ("given_up_at", None)),
                fields=["endpoint", "next_attempt_at"],
                name="orders_webhook_due",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(fields=["endpoint", "-id"], name="orders_webhook_log"),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(fields=["occurred_at"], name="orders_webhook_age"),
        ),
        migrations.AddConstraint(
            model_name="webhookmessage",
            constraint=models.UniqueConstraint(
                fields=("endpoint", "sequence"), name="orders_webhook_once_per_event"
            ),
        ),
        *(
            migrations.RunSQL(NUMBERED.format(table=table), migrations.RunSQL.noop)
            for table in TABLES
        ),
        run_sql_file(SQL / "emit_webhooks.sql"),
        run_sql_file(SQL / "place_orders.sql"),
        run_sql_file(SQL / "read_orders.sql"),
    ]
