from django.db import migrations, models


def _flag(*, default: bool) -> models.BooleanField:
    return models.BooleanField("effect on prices was looked at", default=default)


class Migration(migrations.Migration):
    """Prices follow the rates that are there already: these count as looked at."""

    dependencies = [("wallet", "0005_absorbed_orders")]
    operations = [
        migrations.AddField("displayrate", "is_kept", _flag(default=True)),
        migrations.AlterField("displayrate", "is_kept", _flag(default=False)),
    ]
