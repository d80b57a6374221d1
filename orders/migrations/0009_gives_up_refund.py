from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_sold_by_country"),
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
