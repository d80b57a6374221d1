from pathlib import Path

from accounts.sqlfiles import run_sql_file
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("wallet", "0006_kept_rates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ledger_accounts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        # Made by Django for LIKE, which no query of ours says of a key.
        migrations.RunSQL("DROP INDEX wallet_transfer_key_27325295_like"),
        run_sql_file(SQL / "many.sql"),
        run_sql_file(SQL / "account.sql"),
    ]
