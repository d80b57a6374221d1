from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
        ("wallet", "0002_ledger"),
        ("services", "0002_revision"),
    ]
    operations = [run_sql_file(SQL / "guard_order.sql"), run_sql_file(SQL / "guards.sql")]
