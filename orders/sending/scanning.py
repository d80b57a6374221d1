"""Looking for lost orders by number, at providers whose numbers have no gaps (opt-in).

The numbers between the last one accepted before a doubtful request and the first one asked for
after it are asked about. What exists there and belongs to nobody is an orphan. Nothing is decided
here. Source: docs/forwarding.md, "Looking by itself".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from orders.models import Order, Orphan, Submission, SubmissionQuerySet
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider
from services.providers import client
from services.providers.reports import Report

BATCH = 100
WIDEST_GAP = 1000
# A request that lingers at the provider must have come through before a later one counts.
SETTLING = timedelta(minutes=2)
# Numbers rise, but two requests at once may be answered in any order: that many are compared.
NEIGHBOURS = 50


@dataclass(frozen=True, slots=True)
class Gap:
    """The numbers between two accepted ones, which are not part of it."""

    lower: int
    upper: int

    def __contains__(self, number: int) -> bool:
        return self.lower < number < self.upper

    @property
    def numbers(self) -> range:
        return range(self.lower + 1, self.upper)


@dataclass(frozen=True, slots=True)
class Found:
    """What the provider has in a gap without an owner here, by number. `is_whole`: every number
    was answered for; otherwise nothing may be concluded from what is not there."""

    orphans: Mapping[int, Report]
    is_whole: bool


def lower_bound(submission: Submission) -> int | None:
    """The largest number that was known before this request left."""
    known = _numbered(submission.provider_id).filter(finished_at__lte=submission.started_at)
    return max(_numbers(known.order_by("-finished_at")), default=None)


def gap_of(submission: Submission) -> Gap | None:
    """Where the number of an ended attempt must be if it has one; None while that is not known, or
    the gap is too wide to be asked about."""
    lower = lower_bound(submission)
    if lower is None or submission.finished_at is None:
        return None
    later = _numbered(submission.provider_id).filter(
        started_at__gte=submission.finished_at + SETTLING
    )
    upper = min((one for one in _numbers(later.order_by("started_at")) if one > lower), default=0)
    return Gap(lower, upper) if 0 < upper - lower <= WIDEST_GAP else None


def look(*, provider: Provider, gap: Gap) -> Found:
    """Asks about every number of the gap that no order of ours has. Raises ProviderError."""
    orphans: dict[int, Report] = {}
    is_whole = True
    unknown = iter(_without_owner(provider, gap.numbers))
    while batch := list(islice(unknown, BATCH)):
        answers = client.statuses(
            endpoint_of(provider),
            external_ids=[str(number) for number in batch],
            dialect=dialect_of(provider),
        )
        for number in batch:
            answer = answers[str(number)]
            if isinstance(answer, Report):
                orphans[number] = answer
            elif answer.reason != "unknown_order":
                is_whole = False
    # Whoever got his number while we asked has it by right.
    still = set(_without_owner(provider, list(orphans)))
    return Found({number: orphans[number] for number in orphans if number in still}, is_whole)


def _without_owner(provider: Provider, numbers: Sequence[int]) -> list[int]:
    names = [str(number) for number in numbers]
    ours = Order.objects.filter(provider=provider, external_id__in=names)
    # Staff have looked at these, or the provider has been told to cancel them.
    settled = Orphan.objects.filter(provider=provider, external_id__in=names).exclude(
        state=Orphan.State.OPEN
    )
    owned = {
        *ours.values_list("external_id", flat=True),
        *settled.values_list("external_id", flat=True),
    }
    return [number for number in numbers if str(number) not in owned]


def _numbered(provider_id: int) -> SubmissionQuerySet:
    return Submission.objects.filter(provider_id=provider_id, external_id__isnull=False)


def _numbers(submissions: SubmissionQuerySet) -> list[int]:
    names = submissions.values_list("external_id", flat=True)[:NEIGHBOURS]
    return [int(name) for name in names if name]
