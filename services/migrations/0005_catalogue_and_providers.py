from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from accounts.sqlfiles import run_sql_file
from django.conf import settings
from django.db import migrations, models


SQL = Path(__file__).resolve().parent.parent / "sql"

# What was sold as a drip-feed of the provider's was offered as one.
DRIP_FEEDS = """
    UPDATE services_providerservice SET can_drip_feed = true
     WHERE id IN (SELECT provider_service_id FROM services_service
                   WHERE can_drip_feed AND drip_feed_by = 'provider')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("services", "0004_life_of_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CatalogueVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "version of the catalogue",
                "verbose_name_plural": "versions of the catalogue",
            },
        ),
        migrations.CreateModel(
            name="QualityLabel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="label")),
                ("meaning", models.CharField(max_length=400, verbose_name="what it means")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "quality label",
                "verbose_name_plural": "quality labels",
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "service",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="services.service",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField(verbose_name="words")),
            ],
            options={
                "verbose_name": "words of a service",
                "verbose_name_plural": "words of services",
            },
        ),
        migrations.CreateModel(
            name="Sync",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "being read"),
                            ("open", "to be looked at"),
                            ("applied", "applied"),
                            ("discarded", "discarded"),
                            ("failed", "failed"),
                        ],
                        default="reading",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("began_at", models.DateTimeField(verbose_name="began")),
                ("taken_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                (
                    "offered",
                    models.PositiveIntegerField(default=0, verbose_name="services in the list"),
                ),
                (
                    "missing",
                    models.PositiveIntegerField(
                        default=0, verbose_name="missing for the first time"
                    ),
                ),
                ("warning", models.CharField(blank=True, max_length=40, verbose_name="warning")),
                (
                    "rejected",
                    models.JSONField(blank=True, default=dict, verbose_name="lines not understood"),
                ),
                ("failure", models.CharField(blank=True, max_length=60, verbose_name="failure")),
            ],
            options={
                "verbose_name": "reading of a price list",
                "verbose_name_plural": "readings of price lists",
            },
        ),
        migrations.CreateModel(
            name="SyncLine",
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
                            ("new", "new"),
                            ("gone", "gone"),
                            ("back", "back again"),
                            ("cost_up", "cost up"),
                            ("cost_down", "cost down"),
                            ("limits", "limits changed"),
                            ("flags", "refill, cancel or drip-feed changed"),
                            ("type", "type changed"),
                            ("name", "name, category or description changed"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("applied", "applied"),
                            ("skipped", "left as it was"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "external_id",
                    models.CharField(max_length=64, verbose_name="number at the provider"),
                ),
                ("before", models.JSONField(blank=True, default=dict, verbose_name="before")),
                ("after", models.JSONField(blank=True, default=dict, verbose_name="after")),
                ("warning", models.CharField(blank=True, max_length=40, verbose_name="warning")),
            ],
            options={
                "verbose_name": "difference of a price list",
                "verbose_name_plural": "differences of price lists",
            },
        ),
        migrations.CreateModel(
            name="UpdateMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "told_until",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="told until"
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                ),
            ],
            options={
                "verbose_name": "mail about favourites",
                "verbose_name_plural": "mails about favourites",
            },
        ),
        migrations.AddField(
            model_name="provider",
            name="alerts_after_failures",
            field=models.PositiveSmallIntegerField(
                default=3,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(4),
                ],
                verbose_name="alert after failures in a row",
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="applies_alone",
            field=models.BooleanField(default=True, verbose_name="apply small changes by itself"),
        ),
        migrations.AddField(
            model_name="provider",
            name="dialect_changes",
            field=models.JSONField(blank=True, default=dict, verbose_name="changes to the dialect"),
        ),
        migrations.AddField(
            model_name="provider",
            name="dialect_preset",
            field=models.CharField(default="api_v2", max_length=32, verbose_name="dialect"),
        ),
        migrations.AddField(
            model_name="provider",
            name="is_paused_by_panel",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="provider",
            name="is_synced_daily",
            field=models.BooleanField(default=True, verbose_name="read its prices every day"),
        ),
        migrations.AddField(
            model_name="provider",
            name="rise_limit_bp",
            field=models.PositiveIntegerField(default=2000, verbose_name="rise applied by itself"),
        ),
        migrations.AddField(
            model_name="provider",
            name="synced_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="price list read"
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="warns_below_days",
            field=models.PositiveSmallIntegerField(default=3, verbose_name="warn below days left"),
        ),
        migrations.AddField(
            model_name="providerservice",
            name="announced_cost_micros",
            field=models.BigIntegerField(editable=False, null=True, verbose_name="cost announced"),
        ),
        migrations.AddField(
            model_name="providerservice",
            name="can_drip_feed",
            field=models.BooleanField(default=False, verbose_name="drip-feed"),
        ),
        migrations.AddField(
            model_name="providerservice",
            name="description",
            field=models.TextField(blank=True, verbose_name="description at the provider"),
        ),
        migrations.AddField(
            model_name="providerservice",
            name="gone_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="gone since"),
        ),
        migrations.AddField(
            model_name="providerservice",
            name="missed_lists",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="lists without it"),
        ),
        migrations.AddField(
            model_name="providerservice",
            name="missed_since",
            field=models.DateTimeField(editable=False, null=True, verbose_name="missing since"),
        ),
        migrations.AddField(
            model_name="providerservice",
            name="raw_category",
            field=models.CharField(
                blank=True, max_length=500, verbose_name="category at the provider"
            ),
        ),
        migrations.AddField(
            model_name="providerservice",
            name="raw_name",
            field=models.CharField(blank=True, max_length=500, verbose_name="name at the provider"),
        ),
        migrations.AddField(
            model_name="providerservice",
            name="raw_type",
            field=models.CharField(blank=True, max_length=100, verbose_name="type at the provider"),
        ),
        migrations.AddField(
            model_name="service",
            name="accepted_micros",
            field=models.BigIntegerField(editable=False, null=True, verbose_name="accepted cost"),
        ),
        migrations.AddField(
            model_name="service",
            name="blocked_countries",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=2),
                blank=True,
                default=list,
                size=None,
                verbose_name="not sold in",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="can_partial",
            field=models.BooleanField(default=True, verbose_name="partial refund"),
        ),
        migrations.AddField(
            model_name="service",
            name="floor_micros",
            field=models.BigIntegerField(editable=False, null=True, verbose_name="cost in dollars"),
        ),
        migrations.AddField(
            model_name="service",
            name="off_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("cost", "its cost rose above the limit"),
                    ("gone", "its provider no longer offers it"),
                    ("changed", "its provider changed its kind or limits"),
                ],
                max_length=8,
                verbose_name="taken off sale because",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="priced_by",
            field=models.CharField(
                choices=[("hand", "by hand"), ("rule", "by the price rules")],
                default="hand",
                max_length=4,
                verbose_name="priced",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="promo_label",
            field=models.CharField(
                blank=True,
                max_length=30,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\A[^0-9%$€£¥]*\\Z",
                        "A label names a promotion; it has no numbers, percents or prices in it.",
                    )
                ],
                verbose_name="promotion label",
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="promo_until",
            field=models.DateField(blank=True, null=True, verbose_name="label shown until"),
        ),
        migrations.AddField(
            model_name="service",
            name="tier",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "no window"),
                    ("standard", "Standard"),
                    ("premium", "Premium"),
                    ("custom", "Custom: as described"),
                    ("bulk", "Bulk: extra time"),
                ],
                default="",
                max_length=8,
                verbose_name="tier",
            ),
        ),
        migrations.CreateModel(
            name="CatalogueUpdate",
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
                            ("new", "New"),
                            ("back", "Back on sale"),
                            ("off", "No longer on sale"),
                            ("price_up", "Price up"),
                            ("price_down", "Price down"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "old_rate_micros",
                    models.BigIntegerField(null=True, verbose_name="old price per 1000"),
                ),
                (
                    "new_rate_micros",
                    models.BigIntegerField(null=True, verbose_name="new price per 1000"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="updates",
                        to="services.service",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of the catalogue",
                "verbose_name_plural": "changes of the catalogue",
            },
        ),
        migrations.CreateModel(
            name="CategoryMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "raw_category",
                    models.CharField(max_length=500, verbose_name="category at the provider"),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mappings",
                        to="services.category",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mappings",
                        to="services.provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "place of a provider's category",
                "verbose_name_plural": "places of providers' categories",
            },
        ),
        migrations.CreateModel(
            name="CostChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old_micros", models.BigIntegerField(verbose_name="old cost per 1000")),
                ("new_micros", models.BigIntegerField(verbose_name="new cost per 1000")),
                ("at", models.DateTimeField(verbose_name="changed")),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="costs",
                        to="services.providerservice",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a cost",
                "verbose_name_plural": "changes of costs",
            },
        ),
        migrations.CreateModel(
            name="CurrencyChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.CharField(max_length=3, verbose_name="currency before")),
                ("at", models.DateTimeField(verbose_name="changed")),
                (
                    "provider",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="currency_change",
                        to="services.provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a currency",
                "verbose_name_plural": "changes of currencies",
            },
        ),
        migrations.CreateModel(
            name="Favourite",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="favourites",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="favourites",
                        to="services.service",
                    ),
                ),
            ],
            options={
                "verbose_name": "favourite",
                "verbose_name_plural": "favourites",
            },
        ),
        migrations.CreateModel(
            name="Outage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("began_at", models.DateTimeField(verbose_name="began")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "well_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="answers again since"),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outages",
                        to="services.provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "outage of a provider",
                "verbose_name_plural": "outages of providers",
            },
        ),
        migrations.CreateModel(
            name="PriceEdit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked", models.JSONField(default=dict, verbose_name="what was asked for")),
                ("services", models.PositiveIntegerField(verbose_name="services")),
                ("applied_at", models.DateTimeField(verbose_name="applied")),
                (
                    "undone_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="taken back"),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_edits",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "change of prices",
                "verbose_name_plural": "changes of prices",
            },
        ),
        migrations.CreateModel(
            name="PriceEditLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old_rate_micros", models.BigIntegerField(verbose_name="old price per 1000")),
                ("new_rate_micros", models.BigIntegerField(verbose_name="new price per 1000")),
                ("old_priced_by", models.CharField(max_length=4, verbose_name="priced before")),
                (
                    "left_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("changed", "changed since by somebody else"),
                            ("cost", "the old price is below the cost now"),
                        ],
                        max_length=8,
                        verbose_name="left",
                    ),
                ),
                (
                    "edit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="services.priceedit",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_edits",
                        to="services.service",
                    ),
                ),
            ],
            options={
                "verbose_name": "changed price",
                "verbose_name_plural": "changed prices",
            },
        ),
        migrations.CreateModel(
            name="PriceGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
                ("discount_bp", models.PositiveIntegerField(default=0, verbose_name="discount")),
                (
                    "spend_from_micros",
                    models.BigIntegerField(
                        blank=True, null=True, verbose_name="from a spending of"
                    ),
                ),
            ],
            options={
                "verbose_name": "price group",
                "verbose_name_plural": "price groups",
                "ordering": ["spend_from_micros", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_bp__lte", 9000),
                            models.Q(
                                ("spend_from_micros", None),
                                ("spend_from_micros__gt", 0),
                                _connector="OR",
                            ),
                        ),
                        name="services_pricegroup_sane",
                        violation_error_message="A discount is at most 90 %%, a spending above zero.",
                    ),
                    models.UniqueConstraint(
                        fields=("spend_from_micros",),
                        name="services_pricegroup_one_per_level",
                        violation_error_message="There is a level for this spending already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupMembership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("staff", "chosen by staff"), ("loyalty", "reached by spending")],
                        default="staff",
                        max_length=8,
                        verbose_name="source",
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                ),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_group",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="services.pricegroup",
                    ),
                ),
            ],
            options={
                "verbose_name": "member of a price group",
                "verbose_name_plural": "members of price groups",
            },
        ),
        migrations.CreateModel(
            name="GroupDiscount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("discount_bp", models.PositiveIntegerField(verbose_name="discount")),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discounts",
                        to="services.category",
                    ),
                ),
                (
                    "platform",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discounts",
                        to="services.platform",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discounts",
                        to="services.service",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discounts",
                        to="services.pricegroup",
                    ),
                ),
            ],
            options={
                "verbose_name": "discount of a group",
                "verbose_name_plural": "discounts of a group",
            },
        ),
        migrations.CreateModel(
            name="PriceRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("percent_bp", models.IntegerField(default=0, verbose_name="percent")),
                (
                    "fixed_micros",
                    models.BigIntegerField(default=0, verbose_name="fixed part per 1000"),
                ),
                ("step_micros", models.BigIntegerField(default=100, verbose_name="rounded up to")),
                (
                    "changed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="changed"),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="services.category",
                    ),
                ),
                (
                    "platform",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="services.platform",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="services.provider",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="services.service",
                    ),
                ),
            ],
            options={
                "verbose_name": "price rule",
                "verbose_name_plural": "price rules",
            },
        ),
        migrations.CreateModel(
            name="Probe",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField(null=True, verbose_name="asked")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered")),
                (
                    "latency_ms",
                    models.PositiveIntegerField(null=True, verbose_name="time to answer"),
                ),
                (
                    "failures",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="questions in a row without an answer"
                    ),
                ),
                (
                    "last_error",
                    models.CharField(blank=True, max_length=300, verbose_name="last error"),
                ),
                ("last_error_at", models.DateTimeField(null=True, verbose_name="last error at")),
                ("is_refused", models.BooleanField(default=False, verbose_name="account refused")),
                (
                    "provider",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="probe",
                        to="services.provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "question to a provider",
                "verbose_name_plural": "questions to providers",
            },
        ),
        migrations.CreateModel(
            name="ProviderHealth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sent", models.PositiveIntegerField(default=0, verbose_name="orders sent")),
                ("accepted", models.PositiveIntegerField(default=0, verbose_name="accepted")),
                ("refused", models.PositiveIntegerField(default=0, verbose_name="refused")),
                (
                    "failed",
                    models.PositiveIntegerField(default=0, verbose_name="without an answer"),
                ),
                (
                    "latency_ms",
                    models.PositiveIntegerField(null=True, verbose_name="usual time to answer"),
                ),
                (
                    "slow_latency_ms",
                    models.PositiveIntegerField(null=True, verbose_name="95 of 100 answer within"),
                ),
                ("spent_micros", models.BigIntegerField(default=0, verbose_name="spent in a week")),
                (
                    "last_error",
                    models.CharField(blank=True, max_length=300, verbose_name="last error"),
                ),
                ("last_error_at", models.DateTimeField(null=True, verbose_name="last error at")),
                ("waiting", models.PositiveIntegerField(default=0, verbose_name="orders waiting")),
                (
                    "waiting_since",
                    models.DateTimeField(null=True, verbose_name="the oldest waits since"),
                ),
                ("recent_errors", models.JSONField(default=list, verbose_name="recent errors")),
                ("measured_at", models.DateTimeField(verbose_name="measured")),
                (
                    "provider",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="health",
                        to="services.provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "health of a provider",
                "verbose_name_plural": "health of providers",
            },
        ),
        migrations.AddField(
            model_name="service",
            name="quality",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="services",
                to="services.qualitylabel",
                verbose_name="quality label",
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("promo_label", ""), ("promo_until__isnull", False), _connector="OR"
                ),
                name="services_service_promotion_ends",
                violation_error_message="A promotion label needs the day on which it ends.",
            ),
        ),
        migrations.AddIndex(
            model_name="searchentry",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["words"], name="services_search_words"
            ),
        ),
        migrations.AddField(
            model_name="sync",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="syncs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sync",
            name="provider",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="syncs",
                to="services.provider",
            ),
        ),
        migrations.AddField(
            model_name="syncline",
            name="offer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sync_lines",
                to="services.providerservice",
            ),
        ),
        migrations.AddField(
            model_name="syncline",
            name="sync",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="services.sync",
            ),
        ),
        migrations.AddField(
            model_name="updatemail",
            name="customer",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="update_mail",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="catalogueupdate",
            index=models.Index(fields=["-at", "-id"], name="services_update_newest"),
        ),
        migrations.AddIndex(
            model_name="catalogueupdate",
            index=models.Index(fields=["service", "-id"], name="services_update_of_service"),
        ),
        migrations.AddConstraint(
            model_name="categorymapping",
            constraint=models.UniqueConstraint(
                fields=("provider", "raw_category"), name="services_categorymapping_unique"
            ),
        ),
        migrations.AddIndex(
            model_name="costchange",
            index=models.Index(fields=["offer", "-at"], name="services_cost_newest"),
        ),
        migrations.AddConstraint(
            model_name="favourite",
            constraint=models.UniqueConstraint(
                fields=("customer", "service"), name="services_favourite_unique"
            ),
        ),
        migrations.AddIndex(
            model_name="outage",
            index=models.Index(fields=["provider", "-began_at"], name="services_outage_newest"),
        ),
        migrations.AddConstraint(
            model_name="outage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("provider",),
                name="services_outage_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="priceeditline",
            constraint=models.UniqueConstraint(
                fields=("edit", "service"), name="services_priceeditline_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="groupdiscount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(
                            ("category__isnull", True),
                            ("platform__isnull", True),
                            ("service__isnull", True),
                        ),
                        models.Q(
                            ("category__isnull", True),
                            ("platform__isnull", False),
                            ("service__isnull", True),
                        ),
                        models.Q(
                            ("category__isnull", False),
                            ("platform__isnull", True),
                            ("service__isnull", True),
                        ),
                        models.Q(
                            ("category__isnull", True),
                            ("platform__isnull", True),
                            ("service__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("category", None), ("platform", None), ("service", None), _negated=True
                    ),
                    ("discount_bp__lte", 9000),
                ),
                name="services_groupdiscount_one_scope",
                violation_error_message="Choose one of platform, category and service, and at most 90 %%.",
            ),
        ),
        migrations.AddConstraint(
            model_name="groupdiscount",
            constraint=models.UniqueConstraint(
                fields=("group", "platform", "category", "service"),
                name="services_groupdiscount_unique",
                nulls_distinct=False,
                violation_error_message="This group has a discount for this already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("category__isnull", True),
                        ("platform__isnull", True),
                        ("provider__isnull", True),
                        ("service__isnull", True),
                    ),
                    models.Q(
                        ("category__isnull", True),
                        ("platform__isnull", True),
                        ("provider__isnull", False),
                        ("service__isnull", True),
                    ),
                    models.Q(
                        ("category__isnull", True),
                        ("platform__isnull", False),
                        ("provider__isnull", True),
                        ("service__isnull", True),
                    ),
                    models.Q(
                        ("category__isnull", False),
                        ("platform__isnull", True),
                        ("provider__isnull", True),
                        ("service__isnull", True),
                    ),
                    models.Q(
                        ("category__isnull", True),
                        ("platform__isnull", True),
                        ("provider__isnull", True),
                        ("service__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="services_pricerule_one_scope",
                violation_error_message="Choose one of provider, platform, category, service.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricerule",
            constraint=models.UniqueConstraint(
                fields=("provider", "platform", "category", "service"),
                name="services_pricerule_unique",
                nulls_distinct=False,
                violation_error_message="There is a rule for this already: change that one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricerule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fixed_micros__gte", 0),
                    ("percent_bp__gte", -9000),
                    ("percent_bp__lte", 1000000),
                    ("step_micros__gte", 1),
                ),
                name="services_pricerule_sane",
                violation_error_message="The percent is from -90 to 10,000, the fixed part not below zero and the step above zero.",
            ),
        ),
        migrations.AddConstraint(
            model_name="sync",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("reading", "open"))),
                fields=("provider",),
                name="services_sync_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="syncline",
            index=models.Index(fields=["sync", "kind", "id"], name="services_syncline_by_kind"),
        ),
        migrations.RunSQL(DRIP_FEEDS, migrations.RunSQL.noop),
        run_sql_file(SQL / "own_rate.sql"),
        run_sql_file(SQL / "catalogue_changes.sql"),
        run_sql_file(SQL / "search.sql"),
        run_sql_file(SQL / "revision.sql"),
        run_sql_file(SQL / "announced_cost.sql"),
        run_sql_file(SQL / "currency_changes.sql"),
    ]
