from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
# The function as it was before it knew roles, runs, screening and the cap on running orders.
OLD = """
DROP FUNCTION IF EXISTS place_order(
    bigint, bigint, bigint, bigint, bigint, text, text, text, text, text, integer, jsonb, jsonb,
    bigint, bigint, boolean, text, timestamptz, timestamptz)
"""
# Who was to send an order stood on its service until now; nobody is mailed about what is old.
FILL = """
UPDATE orders_order AS o
   SET offer_id = s.provider_service_id, confirmed_at = o.created_at,
       told_micros = o.refunded_micros
  FROM services_service AS s WHERE s.id = o.service_id
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_life_of_orders")]
    operations = [
        migrations.RunSQL(sql=OLD),
        run_sql_file(SQL / "guard_order.sql"),
        migrations.RunSQL(sql=FILL),
    ]
