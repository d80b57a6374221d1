import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0001_initial"),
        ("wallet", "0003_payments"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="withdrawal",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ticket",
                to="wallet.withdrawal",
            ),
        ),
    ]
