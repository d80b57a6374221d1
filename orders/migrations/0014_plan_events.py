from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0013_placing"),
    ]

    operations = [
        migrations.AlterField(
            model_name="orderevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("placed", "Placed"),
                    ("status", "Status changed"),
                    ("progress", "Progress"),
                    ("refunded", "Refunded"),
                    ("flagged", "Flagged for staff"),
                    ("follow_up", "Request"),
                    ("claim", "Claim"),
                    ("review", "Review by support"),
                    ("plan", "Plan"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
    ]
