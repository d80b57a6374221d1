from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform as Text


class Migration(migrations.Migration):
    """The staff's page of a payment lists the gateway's events about it."""

    dependencies = [("wallet", "0011_declined_payments")]

    operations = [
        migrations.AddIndex(
            model_name="gatewayevent",
            index=models.Index(
                Text("id", Text("object", Text("data", "payload"))),
                name="wallet_gatewayevent_about",
            ),
        ),
    ]
