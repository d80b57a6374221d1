from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_reseller_api")]

    operations = [
        migrations.AddField(
            model_name="outboundmail",
            name="events",
            field=models.PositiveIntegerField(db_default=1, default=1, verbose_name="events"),
        ),
    ]
