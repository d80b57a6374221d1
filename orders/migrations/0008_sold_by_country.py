from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "place_order.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_countries_and_keys"),
        ("orders", "0007_own_rate"),
        ("services", "0005_catalogue_and_providers"),
    ]
    operations = [run_sql_file(SQL)]
