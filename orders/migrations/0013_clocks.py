import django.db.models.deletion
from accounts.sqlfiles import run_sql_file
from django.db import migrations, models
from pathlib import Path

SQL = Path(__file__).resolve().parent.parent / "sql"
# Whoever has an order, whatever there is to ask. Of our own work nobody is asked.
CARRY_OVER = """
INSERT INTO orders_clock (order_id, provider_id, external_id, next_at, checked_at)
SELECT id, provider_id, external_id, next_poll_at, checked_at FROM orders_order
 WHERE provider_id IS NOT NULL AND external_id IS NOT NULL ORDER BY id
"""
# It wrote the times of the checks into the order's own row.
OLD = """
DROP FUNCTION IF EXISTS orders_write_reports(
    timestamptz, bigint[], timestamptz[], bigint[], bigint[], bigint[], timestamptz[],
    timestamptz[], bigint[], bigint[], bigint[], timestamptz[], text[], boolean[], timestamptz[],
    timestamptz[], bigint[], bigint[], bigint[], text[], smallint[], timestamptz[], timestamptz[],
    timestamptz[], bigint[], text[], jsonb[])
"""
# Room for a new version beside the old one: with it a change of counts touches no index. What was
# due a moment ago stands in front of what is due now until it is cleaned away: so that is done often.
ROOM = """
ALTER TABLE orders_order SET (fillfactor = 85);
ALTER TABLE orders_clock SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_place_together"),
        ("services", "0007_own_rate_of"),
    ]

    operations = [
        migrations.CreateModel(
            name="Clock",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="clock",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="services.provider",
                    ),
                ),
                (
                    "external_id",
                    models.CharField(max_length=64, verbose_name="number at the provider"),
                ),
                (
                    "next_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next check"),
                ),
                (
                    "checked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last readable check"),
                ),
            ],
            options={
                "verbose_name": "clock of an order",
                "verbose_name_plural": "clocks of orders",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_at__isnull", False)),
                        fields=["provider", "next_at"],
                        name="orders_clock_due",
                    )
                ],
            },
        ),
        migrations.RunSQL(sql=ROOM),
        migrations.RunSQL(sql=CARRY_OVER),
        migrations.RemoveIndex(model_name="order", name="orders_order_polls"),
        migrations.RemoveField(model_name="order", name="checked_at"),
        migrations.RemoveField(model_name="order", name="next_poll_at"),
        migrations.RunSQL(sql=OLD),
        run_sql_file(SQL / "write_reports.sql"),
        run_sql_file(SQL / "guard_clocks.sql"),
    ]
