from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0014_requests_by_index"),
        ("accounts", "0008_admit_together"),
    ]

    operations = [run_sql_file(SQL / "admit.sql")]
