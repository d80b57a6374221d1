from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("services", "0007_own_rate_of"),
        ("accounts", "0008_admit_together"),
    ]

    operations = [run_sql_file(SQL / "admit.sql")]
