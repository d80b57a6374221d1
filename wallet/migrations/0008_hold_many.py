from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("wallet", "0007_many_orders")]

    operations = [run_sql_file(SQL / "balances.sql"), run_sql_file(SQL / "hold_many.sql")]
