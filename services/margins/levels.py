"""Loyalty levels: who has spent enough pays less, from the night on in which the books say so.

Upwards only, and never against staff: whom they put into a group stays there. Each level is told
once. Source: docs/prices.md, "Groups and loyalty levels".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.mail import enqueue
from accounts.models import User
from services.models import GroupMembership, PriceGroup
from wallet.money import display, plain
from wallet.spent import spent_by, spent_by_all

# Decided by the row itself: somebody at the desk may put a customer into a group meanwhile.
_RAISE = """
INSERT INTO services_groupmembership AS mine (customer_id, group_id, source, since)
SELECT customer, level, 'loyalty', %s
  FROM unnest(%s::bigint[], %s::bigint[]) AS reached (customer, level)
 ORDER BY customer
    ON CONFLICT (customer_id) DO UPDATE SET group_id = excluded.group_id, since = excluded.since
 WHERE mine.source = 'loyalty'
   AND (SELECT coalesce(spend_from_micros, 0) FROM services_pricegroup WHERE id = mine.group_id)
     < (SELECT spend_from_micros FROM services_pricegroup WHERE id = excluded.group_id)
RETURNING customer_id, group_id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer between the levels; `next_level` is None at the top, or where there are none."""

    membership: GroupMembership | None
    spent_micros: int
    next_level: PriceGroup | None

    @property
    def missing_micros(self) -> int:
        level = self.next_level
        return max((level.spend_from_micros or 0) - self.spent_micros, 0) if level else 0


def standing_of(customer: User) -> Standing:
    """Where a customer is, by the books of this moment."""
    memberships = GroupMembership.objects.filter(customer=customer).select_related("group")
    membership = memberships.first()
    spent = spent_by(customer_id=customer.pk)
    is_chosen = membership is not None and membership.source == GroupMembership.Source.STAFF
    reached = membership.group.spend_from_micros or 0 if membership else 0
    above = levels().filter(spend_from_micros__gt=reached)
    return Standing(membership, spent, None if is_chosen else above.first())


def raise_levels(*, at: datetime) -> int:
    """Put whoever has spent enough into the level that he reached, and tell him. Returns how many
    rose; again on the same night it is none."""
    steps = list(levels())
    if not steps:
        return 0
    spent = spent_by_all(least_micros=steps[0].spend_from_micros or 0)
    reached = {customer_id: _level(steps, micros) for customer_id, micros in spent.items()}
    names = {level.pk: level for level in steps}
    with transaction.atomic():
        risen = _store({customer_id: level.pk for customer_id, level in reached.items()}, at=at)
        people = User.objects.filter(is_active=True).in_bulk(list(risen))
        for customer_id, person in people.items():
            _tell(person, names[risen[customer_id]], at=at)
    return len(risen)


def levels() -> QuerySet[PriceGroup]:
    """The lowest first."""
    found = PriceGroup.objects.filter(spend_from_micros__isnull=False)
    return found.order_by("spend_from_micros")


def _level(steps: list[PriceGroup], spent_micros: int) -> PriceGroup:
    """The highest of those that are reached; the caller asks only for who reached one."""
    return [level for level in steps if (level.spend_from_micros or 0) <= spent_micros][-1]


def _store(reached: dict[int, int], *, at: datetime) -> dict[int, int]:
    if not reached:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [at, list(reached), list(reached.values())])
        return dict(cursor.fetchall())


def _tell(person: User, level: PriceGroup, *, at: datetime) -> None:
    enqueue(
        key=f"level:{level.pk}:customer:{person.pk}",
        recipient=person.email,
        template="level_reached",
        context={
            "level": level.name,
            "percent": plain(level.discount_bp * 10_000),
            "spent": display(level.spend_from_micros or 0),
            "prices_url": settings.SITE_URL + reverse("services:your_prices"),
        },
        at=at,
    )
