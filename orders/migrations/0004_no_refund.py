from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_spend_order")]

    operations = [
        migrations.AlterModelOptions(
            name="order",
            options={
                "permissions": [
                    ("resolve_uncertain", "Can decide what became of an uncertain order"),
                    ("cancel_without_refund", "Can cancel an order and keep its charge"),
                ],
                "verbose_name": "order",
                "verbose_name_plural": "orders",
            },
        ),
    ]
