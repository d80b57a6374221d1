from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql" / "immutable.sql"


class Migration(migrations.Migration):
    dependencies = [("legal", "0001_initial")]

    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
