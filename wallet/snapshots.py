"""Holdings that are kept, so that reading the lots of somebody with a long history stays short.

A snapshot forgets the orders that are never refunded any more; who knows that is asked through
settings.WALLET_FINAL_AMONG. If one is refunded all the same, the whole history is folded again.
Source: docs/lots.md, "Snapshots".
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from accounts import sweeps
from wallet import ledger
from wallet.lots.movements import Claim
from wallet.lots.reading import read_holdings
from wallet.models import LotSnapshot

# So many later transfers fold in a few milliseconds.
NEWS = 500

_WITH_NEWS = """
    SELECT a.owner_id
      FROM wallet_account a
      LEFT JOIN wallet_lotsnapshot s ON s.customer_id = a.owner_id
     CROSS JOIN LATERAL (
           SELECT (SELECT count(*) FROM wallet_transfer
                    WHERE debit_account_id = a.id AND id > coalesce(s.last_id, 0))
                + (SELECT count(*) FROM wallet_transfer
                    WHERE credit_account_id = a.id AND id > coalesce(s.last_id, 0)) AS later) news
     WHERE a.owner_id IS NOT NULL
     GROUP BY a.owner_id HAVING sum(news.later) > %s
     ORDER BY a.owner_id
"""


def take_due(*, at: datetime) -> int:
    """Takes a snapshot of every customer with more than NEWS transfers since the last one. Returns
    of how many. Each is a transaction of its own: what a killed run has done stays."""
    with connection.cursor() as cursor:
        cursor.execute(_WITH_NEWS, [NEWS])
        due = [customer_id for (customer_id,) in cursor.fetchall()]
    return sweeps.each("user", due, lambda one: take(customer_id=one, at=at))


@transaction.atomic
def take(*, customer_id: int, at: datetime) -> None:
    """Keeps a customer's holdings as they are now."""
    ledger.lock(customer_id)
    holdings = read_holdings(customer_id=customer_id)
    orders = {taken.reference for taken in holdings.allocations if taken.claim is Claim.ORDER}
    final = import_string(settings.WALLET_FINAL_AMONG)(orders, at=at)
    short = holdings.without_orders(final.__contains__)
    LotSnapshot.objects.update_or_create(
        customer_id=customer_id,
        defaults={"last_id": short.last_id, "state": short.to_json(), "made_at": at},
    )
