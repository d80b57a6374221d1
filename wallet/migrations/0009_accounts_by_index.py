from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "account.sql"


class Migration(migrations.Migration):
    dependencies = [("wallet", "0008_fewer_indexes")]
    operations = [run_sql_file(SQL)]
