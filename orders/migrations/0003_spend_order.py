from django.db import migrations

# The function as it was before it knew the order of spending.
OLD = """
DROP FUNCTION IF EXISTS place_order(
    bigint, bigint, bigint, bigint, bigint, text, text, text, text, text, integer, jsonb, jsonb,
    bigint, bigint, boolean, timestamptz, timestamptz)
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_place_order"), ("wallet", "0004_hold")]
    operations = [migrations.RunSQL(sql=OLD)]
