from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import services.encryption
from accounts.sqlfiles import run_sql_file
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "emit_webhooks.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_sandbox_and_probes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
        run_sql_file(SQL),
    ]
