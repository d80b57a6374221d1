from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wallet", "0005_payment_attempts")]

    operations = [
        migrations.AddField(
            model_name="dispute",
            name="entries",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="bookings at the gateway"
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="formal_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="formal"),
        ),
    ]
