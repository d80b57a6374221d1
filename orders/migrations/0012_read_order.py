from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "read_order.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_admit"),
        ("orders", "0011_place_together"),
        ("services", "0007_version"),
    ]

    operations = [run_sql_file(SQL)]
