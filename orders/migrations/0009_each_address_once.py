"""One webhook for each address of a customer. Where there are several, the one that is on stays (of
those the oldest), and tells all that any of them told: its receiver has accepted its secret."""

from django.conf import settings
from django.db import migrations, models

FOLD = """
CREATE TEMPORARY TABLE folded ON COMMIT DROP AS
SELECT id, types,
       first_value(id) OVER (PARTITION BY customer_id, url
                             ORDER BY disabled_at IS NOT NULL, id) AS stays
FROM orders_webhookendpoint;

UPDATE orders_webhookendpoint AS endpoint SET types = every.types
FROM (SELECT stays, array_agg(DISTINCT type) AS types
      FROM folded, unnest(types) AS type GROUP BY stays HAVING count(DISTINCT id) > 1) AS every
WHERE every.stays = endpoint.id;

DELETE FROM orders_webhookattempt USING orders_webhookmessage AS message, folded
WHERE message_id = message.id AND message.endpoint_id = folded.id AND folded.id <> stays;
DELETE FROM orders_webhookmessage USING folded
WHERE endpoint_id = folded.id AND folded.id <> stays;
DELETE FROM orders_webhookendpoint AS endpoint USING folded
WHERE endpoint.id = folded.id AND folded.id <> stays;

-- What is put off to the end of a transaction stands in the way of a constraint.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_reseller_api"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FOLD, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.UniqueConstraint(
                fields=("customer", "url"), name="orders_webhook_each_address_once"
            ),
        ),
    ]
