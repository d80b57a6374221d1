from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "place_order.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_reseller_api"),
        ("orders", "0007_place_what_is_sold"),
    ]

    operations = [run_sql_file(SQL)]
