from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_countries_and_keys"),
        ("orders", "0006_place_any_order"),
        ("services", "0005_catalogue_and_providers"),
    ]

    operations = [
        migrations.AddField(
            model_name="followup",
            name="gives_up_refund",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="without a refund"
            ),
        ),
    ]
