"""How much one person of the staff may give or correct alone (BON-01); above it another agrees.

The sums count what this person did alone for one customer within 30 days, so that a limit is not
passed in small steps, and ten times as much a day over all customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet, Sum
from django.db.models.functions import Abs

from accounts.models import User
from wallet.models import Decision
from wallet.money import MICROS_PER_UNIT

Kind = Decision.Kind

WINDOW = timedelta(days=30)
DAY = timedelta(days=1)
CUSTOMERS_A_DAY = 10

# Whoever is in no group of this table does nothing alone, a superuser included.
ALONE_UP_TO_UNITS: Mapping[str, Mapping[Kind, int]] = {
    "Support": {Kind.GOODWILL: 5},
    "Operator": {Kind.GOODWILL: 25, Kind.ADJUSTMENT: 25},
    "Finance": {Kind.GOODWILL: 25, Kind.ADJUSTMENT: 25, Kind.CREDIT_PAYMENT: 100},
}

# Every other kind takes two people, or has a rule of its own.
KINDS = frozenset(kind for limits in ALONE_UP_TO_UNITS.values() for kind in limits)


def alone_up_to_micros(*, person: User, kind: Kind) -> int:
    """The largest limit of the person's groups; nothing for kinds that always take two."""
    groups = person.groups.values_list("name", flat=True)
    units = [ALONE_UP_TO_UNITS.get(name, {}).get(kind, 0) for name in groups]
    return max(units, default=0) * MICROS_PER_UNIT


def is_above(decision: Decision) -> bool:
    """Whether an unsaved decision is more than its proposer may do alone.

    The caller has locked the proposer's row, else two of his at once would not see each other.
    """
    by, kind, at = decision.proposed_by, Kind(decision.kind), decision.proposed_at
    limit_micros = alone_up_to_micros(person=by, kind=kind)
    wanted_micros = abs(decision.amount_micros)
    alone = Decision.objects.filter(kind=kind, proposed_by=by, needs_second=False)
    for_customer = alone.filter(customer_id=decision.customer_id, proposed_at__gt=at - WINDOW)
    of_the_day = alone.filter(proposed_at__gt=at - DAY)
    return (
        _sum(for_customer) + wanted_micros > limit_micros
        or _sum(of_the_day) + wanted_micros > limit_micros * CUSTOMERS_A_DAY
    )


def left_alone_micros(*, person: User, kind: Kind, customer_id: int, at: datetime) -> int:
    """What the person may still do alone for this customer, to say so before it is filled in."""
    alone = Decision.objects.filter(
        kind=kind, proposed_by=person, needs_second=False, proposed_at__gt=at - WINDOW
    )
    limit_micros = alone_up_to_micros(person=person, kind=kind)
    return max(0, limit_micros - _sum(alone.filter(customer_id=customer_id)))


def _sum(decisions: QuerySet[Decision]) -> int:
    return decisions.aggregate(sum=Sum(Abs("amount_micros")))["sum"] or 0
