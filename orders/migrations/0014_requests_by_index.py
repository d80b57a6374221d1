"""The refills and cancels of a customer are found by an index of their own, the newest first, and not
through all that he has ordered. It takes the place of the index of the key alone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_clocks")]

    operations = [
        migrations.AddIndex(
            "followup",
            models.Index(
                fields=["asked_by", "kind", "-id"],
                name="orders_followup_asked",
                condition=Q(asked_by__isnull=False),
            ),
        ),
        migrations.AlterField(
            "followup",
            "asked_by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                null=True,
                blank=True,
                db_index=False,
            ),
        ),
    ]
