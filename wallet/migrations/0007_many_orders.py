from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "many.sql"


class Migration(migrations.Migration):
    """What is reported of many orders is booked at once."""

    dependencies = [("wallet", "0006_kept_rates")]
    operations = [run_sql_file(SQL)]
