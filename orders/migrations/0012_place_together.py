from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
# One order at a time, with an argument for each part of it.
OLD = """
DROP FUNCTION IF EXISTS place_order(
    bigint, bigint, bigint, bigint, bigint, text, text, text, text, text, integer, jsonb, jsonb,
    bigint, bigint, boolean, text, integer, integer, text, integer, text, timestamptz, timestamptz,
    timestamptz)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_admit_together"),
        ("orders", "0011_history_by_index"),
        ("services", "0007_own_rate_of"),
        ("wallet", "0008_hold_many"),
    ]

    operations = [
        migrations.RunSQL(sql=OLD),
        run_sql_file(SQL / "place_orders.sql"),
        run_sql_file(SQL / "read_orders.sql"),
        run_sql_file(SQL / "emit_webhooks.sql"),
    ]
