from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "revision.sql"


class Migration(migrations.Migration):
    dependencies = [("services", "0011_announced_costs")]
    operations = [run_sql_file(SQL)]
