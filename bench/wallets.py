"""Ten thousand customers with money and a key each, and one big one; and their money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from legal.models import Publication
from legal.presets import STARTER
from legal.publishing import publish
from legal.terms import policy_in_force
from orders.placing.notices import kept_of
from services.models import Service
from tests.factories import service

CUSTOMERS = 10_000
QUANTITY = 1000
OPEN_CAP = 1_000_000
_FUND = """
SELECT ledger_post(ledger_account(NULL, 'adjustment'), ledger_account(id, 'cash'), 1000000000000,
                   'adjustment', 'bench:' || id, 'bench:' || id, NULL, now())
  FROM accounts_user WHERE id = ANY (%s)
"""
_SPENT = """
SELECT (SELECT count(*) FROM orders_order WHERE customer_id = ANY (%(customers)s)),
       (SELECT coalesce(sum(charge_micros), 0) FROM orders_order
         WHERE customer_id = ANY (%(customers)s)),
       (SELECT coalesce(sum(1000000000000 - balance_micros), 0) FROM wallet_account
         WHERE owner_id = ANY (%(customers)s) AND kind = 'cash')
"""


@dataclass(frozen=True, slots=True)
class Customers:
    """Numbers and secrets, in the same order; the first is the big one."""

    ids: Sequence[int]
    secrets: Sequence[str]
    service: Service

    @property
    def order(self) -> dict[str, object]:
        """What `bench.limit` orders: the same as the programs do."""
        return {
            "p_service": self.service.pk,
            "p_service_revision": self.service.revision,
            "p_publication": Publication.objects.latest("pk").pk,
            "p_quantity": QUANTITY,
            "p_snapshot": self.service.snapshot() | kept_of(self.service),
            "p_rate": self.service.rate_micros,
            "p_charge": self.service.rate_micros,
            "p_open_cap": OPEN_CAP,
        }


@dataclass(frozen=True, slots=True)
class Spent:
    orders: int
    charged_micros: int
    gone_micros: int


def prepare() -> Customers:
    """In a migrated database with terms in force; ANALYZEd."""
    now = timezone.now()
    # One customer has more running orders here than any other has in a year; it is still counted.
    terms = replace(policy_in_force(at=now) or STARTER, order_open_cap=OPEN_CAP)
    publish(policy=terms, versions=[], published_by=None, at=now)
    people = get_user_model().objects.bulk_create(
        User(email=f"wallet{number}@example.com", password="!") for number in range(CUSTOMERS)
    )
    secrets = [api_keys.new_secret() for _person in people]
    # As of programs that called less than a minute ago: their use is not noted again.
    ApiKey.objects.bulk_create(
        ApiKey(
            user=person,
            name="bench",
            prefix=secret[:10],
            digest=api_keys.digest_of(secret),
            last_used_at=now,
            last_used_ip="127.0.0.1",
        )
        for person, secret in zip(people, secrets, strict=True)
    )
    ids = [person.pk for person in people]
    sold = service(name="Views of the bench")
    with connection.cursor() as cursor:
        cursor.execute(_FUND, [ids])
        cursor.execute("VACUUM ANALYZE")
    sold.refresh_from_db()
    return Customers(ids, secrets, sold)


def spent(customers: Customers) -> Spent:
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, {"customers": list(customers.ids)})
        return Spent(*map(int, cursor.fetchone()))
