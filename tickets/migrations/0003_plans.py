import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0002_withdrawal"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="author",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="ticket",
            name="topic",
            field=models.CharField(
                choices=[
                    ("order", "An order"),
                    ("plan", "Cancel a subscription or monthly order"),
                    ("payment", "A payment"),
                    ("api", "The API"),
                    ("privacy", "Privacy"),
                    ("other", "Something else"),
                ],
                max_length=12,
                verbose_name="topic",
            ),
        ),
    ]
