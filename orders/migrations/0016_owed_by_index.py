"""What the house has paid back and waits for is found by an index of its own: without one, every
look for what is to be called back reads all orders that there are."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_admit_and_read")]

    operations = [
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["id"],
                name="orders_order_owed",
                condition=Q(absorbed_micros__gt=0, settled_at__isnull=True),
            ),
        ),
    ]
