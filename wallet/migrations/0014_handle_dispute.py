from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wallet", "0013_expiry_notice")]

    operations = [
        migrations.AlterModelOptions(
            name="dispute",
            options={
                "permissions": [
                    (
                        "handle_dispute",
                        "Can take evidence for a bank and release money that it warned of",
                    )
                ],
                "verbose_name": "dispute",
                "verbose_name_plural": "disputes",
            },
        ),
    ]
