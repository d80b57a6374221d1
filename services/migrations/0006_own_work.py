from pathlib import Path

from accounts.sqlfiles import run_sql_file
from django.db import migrations, models


SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("services", "0005_catalogue_and_providers"),
    ]

    operations = [
        migrations.AddField(
            model_name="provider",
            name="is_manual",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, verbose_name="own work"
            ),
        ),
        run_sql_file(SQL / "version.sql"),
    ]
