from pathlib import Path

from accounts.sqlfiles import run_sql_file
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_countries_and_keys"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={
                "permissions": [
                    ("change_standing", "Can suspend, terminate and reactivate a customer"),
                    ("change_api_access", "Can lift, limit and end a customer's API access"),
                    ("invite_user", "Can make an account for a customer and invite him by mail"),
                ],
                "verbose_name": "user",
                "verbose_name_plural": "users",
            },
        ),
        migrations.AddField(
            model_name="apikey",
            name="errors",
            field=models.CharField(
                choices=[
                    ("sentences", "Sentences"),
                    ("legacy", "Legacy codes such as neworder.error.not_enough_funds"),
                ],
                db_default="sentences",
                default="sentences",
                max_length=9,
                verbose_name="errors as",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="is_sandbox",
            field=models.BooleanField(db_default=False, default=False, verbose_name="sandbox"),
        ),
        migrations.AddField(
            model_name="apikey",
            name="is_strict",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="strict HTTP codes"
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="refuses_query",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="refused in a query"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="api_rate_per_minute",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="API calls a minute"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="api_suspended_until",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="API suspended until"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="frozen_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="frozen since"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="repeat_window_seconds",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, verbose_name="repetitions within"
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="kind",
            field=models.CharField(
                choices=[
                    ("provider_paused", "Provider paused"),
                    ("provider_down", "Provider does not answer"),
                    ("provider_funds", "Balance at a provider runs out"),
                    ("price_list", "Price list to look at"),
                    ("cost_rose", "Cost rose above the limit"),
                    ("order_uncertain", "Order uncertain"),
                    ("order_review", "Order needs review"),
                    ("claim_late", "Claim overdue"),
                    ("below_cost", "Price below the provider's cost"),
                    ("report_unreadable", "Reports unreadable"),
                    ("payment_unmatched", "Payment without a top-up"),
                    ("payment_missed", "The gateway's notice was missed"),
                    ("event_failed", "Notice of a gateway not understood"),
                    ("refund_at_gateway", "Refund made at the gateway"),
                    ("withdrawal_late", "Withdrawal overdue"),
                    ("payout_failed", "Payout failed"),
                    ("dispute", "Disputed payment"),
                    ("fraud_warning", "Fraud warning"),
                    ("promotion_abuse", "Promotion used twice"),
                    ("compromised", "Account reported as compromised"),
                    ("api_down", "Reseller API does not answer"),
                    ("api_abuse", "API access suspended again"),
                    ("books", "The books do not agree"),
                ],
                max_length=24,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="ApiSuspension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("began_at", models.DateTimeField(verbose_name="began")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="lifted")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_suspensions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "suspension of API access",
                "verbose_name_plural": "suspensions of API access",
            },
        ),
        migrations.CreateModel(
            name="OperatorKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("prefix", models.CharField(max_length=12, verbose_name="begins with")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last used"),
                ),
                (
                    "last_used_ip",
                    models.GenericIPAddressField(
                        blank=True, null=True, verbose_name="last used from"
                    ),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="ends")),
                (
                    "allowed_networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=43),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="only from",
                    ),
                ),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("orders:read", "Orders: read"),
                                ("orders:write", "Orders: change"),
                                ("orders:work", "Orders: take own work and report it"),
                                ("money:read", "Payments: read"),
                                ("money:write", "Payments: add"),
                                ("users:read", "Users: read"),
                                ("users:write", "Users: add"),
                                ("tickets:read", "Tickets: read"),
                                ("tickets:write", "Tickets: add"),
                            ],
                            max_length=16,
                        ),
                        default=list,
                        size=None,
                        verbose_name="may do",
                    ),
                ),
                (
                    "owner_state",
                    models.CharField(db_default="", default="", editable=False, max_length=64),
                ),
                ("window_at", models.DateTimeField(editable=False, null=True)),
                (
                    "window_calls",
                    models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="operator_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "operator key",
                "verbose_name_plural": "operator keys",
            },
        ),
        migrations.CreateModel(
            name="ApiBreach",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("window_at", models.DateTimeField(verbose_name="window")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "breach of the API's limit",
                "verbose_name_plural": "breaches of the API's limit",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "window_at"), name="accounts_apibreach_once_a_window"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_prefix", models.CharField(max_length=12, verbose_name="key")),
                (
                    "api",
                    models.CharField(
                        choices=[("v2", "API v2"), ("v3", "REST v3"), ("admin", "Admin API")],
                        max_length=5,
                        verbose_name="API",
                    ),
                ),
                ("action", models.CharField(max_length=60, verbose_name="action")),
                ("http_status", models.PositiveSmallIntegerField(verbose_name="status")),
                ("code", models.CharField(blank=True, max_length=40, verbose_name="error")),
                ("said", models.CharField(blank=True, max_length=200, verbose_name="answer")),
                ("ip", models.GenericIPAddressField(null=True, verbose_name="address")),
                ("took_ms", models.PositiveIntegerField(verbose_name="milliseconds")),
                ("is_sandbox", models.BooleanField(default=False, verbose_name="sandbox")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "API call",
                "verbose_name_plural": "API calls",
                "indexes": [models.Index(fields=["user", "-id"], name="accounts_apicall_of_user")],
            },
        ),
        run_sql_file(SQL / "admit.sql"),
    ]
