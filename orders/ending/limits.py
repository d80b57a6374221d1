"""How much of customers' orders one person of the staff may pay back alone; above it another has to
agree. The same idea as `wallet.decisions.limits`: what was done alone within 30 days for one
customer counts together, and ten times as much a day over all customers. Uncertain orders that were
given up count, too; who may give one up alone is asked in `orders.sending.deciding`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.models import User
from orders.models import Proposal
from wallet.money import MICROS_PER_UNIT

WINDOW = timedelta(days=30)
DAY = timedelta(days=1)
CUSTOMERS_A_DAY = 10

# Whoever is in no group of this table pays nothing back alone, a superuser included.
ALONE_UP_TO_UNITS: Mapping[str, int] = {"Operator": 25, "Finance": 100}
KINDS = (Proposal.Kind.CLAIM, Proposal.Kind.SET_STATUS, Proposal.Kind.GIVE_UP)


def alone_up_to_micros(*, person: User) -> int:
    """The largest limit of the person's groups."""
    groups = person.groups.values_list("name", flat=True)
    return max((ALONE_UP_TO_UNITS.get(name, 0) for name in groups), default=0) * MICROS_PER_UNIT


def is_above(*, amount_micros: int, person: User, customer_id: int, at: datetime) -> bool:
    """Whether paying so much back is more than the person may do alone. Paying nothing never is.

    To decide by the answer, hold the lock of the person's row: else two windows of his would not
    see each other.
    """
    if amount_micros <= 0:
        return False
    limit_micros = alone_up_to_micros(person=person)
    alone = _alone(person)
    for_customer = alone.filter(order__customer_id=customer_id, proposed_at__gt=at - WINDOW)
    of_the_day = alone.filter(proposed_at__gt=at - DAY)
    return (
        _sum(for_customer) + amount_micros > limit_micros
        or _sum(of_the_day) + amount_micros > limit_micros * CUSTOMERS_A_DAY
    )


def left_alone_micros(*, person: User, customer_id: int, at: datetime) -> int:
    """What the person may still pay back alone, to say so before it is filled in."""
    alone = _alone(person)
    for_customer = _sum(alone.filter(order__customer_id=customer_id, proposed_at__gt=at - WINDOW))
    of_the_day = _sum(alone.filter(proposed_at__gt=at - DAY))
    limit_micros = alone_up_to_micros(person=person)
    return max(0, min(limit_micros - for_customer, limit_micros * CUSTOMERS_A_DAY - of_the_day))


def _alone(person: User) -> QuerySet[Proposal]:
    done = Proposal.objects.filter(kind__in=KINDS, outcome=Proposal.Outcome.DONE)
    return done.filter(proposed_by=person, decided_by=None)


def _sum(proposals: QuerySet[Proposal]) -> int:
    amount = Cast(KT("details__amount_micros"), BigIntegerField())
    return proposals.aggregate(sum=Sum(amount))["sum"] or 0
