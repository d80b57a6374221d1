from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0003_plans"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="is_urgent",
            field=models.BooleanField(db_default=False, default=False, verbose_name="urgent"),
        ),
    ]
