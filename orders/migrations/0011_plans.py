import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_told")]

    operations = [
        migrations.AddField(
            model_name="dripfeed",
            name="news_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="news since"),
        ),
        # No repeat order can be there yet: nothing made one before.
        migrations.AddField(
            model_name="repeat",
            name="origin",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="repeats",
                to="orders.order",
            ),
        ),
        migrations.AddField(
            model_name="repeatperiod",
            name="tried_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last try"),
        ),
        migrations.AddIndex(
            model_name="dripfeed",
            index=models.Index(
                condition=models.Q(("news_at__isnull", False)),
                fields=["news_at"],
                name="orders_dripfeed_news",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("role__in", ["drip_feed", "subscription"])),
                fields=["id"],
                name="orders_order_plans",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("news_at__isnull", False)),
                fields=["news_at"],
                name="orders_subscription_news",
            ),
        ),
        migrations.AddConstraint(
            model_name="repeat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "ended"), _negated=True),
                fields=("origin",),
                name="orders_repeat_one_of_an_order",
            ),
        ),
    ]
