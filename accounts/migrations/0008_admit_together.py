from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "admit.sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_mails_that_count")]

    operations = [run_sql_file(SQL)]
