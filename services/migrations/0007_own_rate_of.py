from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("services", "0006_own_work")]

    operations = [run_sql_file(SQL / "own_rate_of.sql"), run_sql_file(SQL / "version.sql")]
