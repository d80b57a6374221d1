from pathlib import Path

import django.db.models.deletion
from accounts.sqlfiles import run_sql_file
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_webhooks_out"),
        ("wallet", "0007_many_orders"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpenCount",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at_most", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "bound on running orders",
                "verbose_name_plural": "bounds on running orders",
            },
        ),
        run_sql_file(SQL / "place_order.sql"),
        run_sql_file(SQL / "place_orders.sql"),
    ]
