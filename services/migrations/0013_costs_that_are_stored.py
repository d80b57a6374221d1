from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "announced_cost.sql"


class Migration(migrations.Migration):
    dependencies = [("services", "0012_reasons_end")]
    operations = [run_sql_file(SQL)]
