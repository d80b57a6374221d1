from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wallet", "0008_hold_many"),
    ]

    operations = [
        migrations.AddField(
            model_name="cardconsent",
            name="sought_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="card last looked for at"
            ),
        ),
    ]
