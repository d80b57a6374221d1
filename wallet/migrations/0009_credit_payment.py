from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wallet", "0008_promotion_figures")]

    operations = [
        migrations.AlterField(
            model_name="decision",
            name="kind",
            field=models.CharField(
                choices=[
                    ("adjustment", "Correct a balance"),
                    ("goodwill", "Give goodwill"),
                    ("forfeiture", "Forfeit a balance"),
                    ("forfeit_return", "Undo a forfeiture"),
                    ("confirm_deposit", "Confirm a bank payment"),
                    ("withdrawal", "Pay money back"),
                    ("pay_by_hand", "Pay money back another way"),
                    ("credit_payment", "Credit an unmatched payment"),
                ],
                max_length=16,
                verbose_name="act",
            ),
        ),
    ]
