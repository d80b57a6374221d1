from pathlib import Path

import django.db.models.deletion
from accounts.sqlfiles import run_sql_file
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "currency_changes.sql"


class Migration(migrations.Migration):
    dependencies = [("services", "0015_refused_questions")]
    operations = [
        migrations.CreateModel(
            name="CurrencyChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.CharField(max_length=3, verbose_name="currency before")),
                ("at", models.DateTimeField(verbose_name="changed")),
                (
                    "provider",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="currency_change",
                        to="services.provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a currency",
                "verbose_name_plural": "changes of currencies",
            },
        ),
        run_sql_file(SQL),
    ]
