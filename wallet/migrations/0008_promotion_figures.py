from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A promotion of neither a percentage nor a sum passed: NULL > 0 is not false. And the index
    by which the worker finds paid top-ups that have no receipt yet."""

    dependencies = [("wallet", "0007_decision_keys")]

    operations = [
        migrations.RemoveConstraint("promotion", "wallet_promotion_percent_or_sum"),
        migrations.AddConstraint(
            "promotion",
            models.CheckConstraint(
                name="wallet_promotion_percent_or_sum",
                condition=Q(
                    percent_hundredths__isnull=False, percent_hundredths__gt=0, amount_micros=None
                )
                | Q(amount_micros__isnull=False, amount_micros__gt=0, percent_hundredths=None),
                violation_error_message="Give either a percentage or a sum, above zero.",
            ),
        ),
        migrations.AddIndex(
            "deposit",
            models.Index(
                fields=["credited_at"],
                name="wallet_deposit_credited",
                condition=Q(credited_at__isnull=False),
            ),
        ),
    ]
