"""Deciding what a scan of numbers leaves no doubt about (opt-in).

Nothing without an owner between two accepted numbers: it was not created. One orphan, and one
doubtful attempt whose price it has: it is that one. Anything else is for staff, who find the
orphans on their list. Source: docs/forwarding.md, "Looking by itself".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from orders.models import Order, Submission, SubmissionQuerySet
from orders.sending import orphans, scanning, seeking
from orders.sending.expecting import charged_micros, expected_micros, fits
from orders.sending.scanning import Found, Gap
from services.models import Provider
from services.providers.reports import Report

FOUND, NOT_THERE = "found_by_number", "not_there_by_number"


def decide(*, provider: Provider, doubts: Iterable[Submission], at: datetime) -> None:
    """Scans the gaps of these attempts, each once. Raises ProviderError."""
    for gap in dict.fromkeys(filter(None, map(scanning.gap_of, doubts))):
        found = scanning.look(provider=provider, gap=gap)
        if _is_quiet(provider, gap):
            _decide_gap(provider, gap, found, at=at)


def _decide_gap(provider: Provider, gap: Gap, found: Found, *, at: datetime) -> None:
    suspects = _of(seeking.uncertain_at(provider.pk), gap)
    facts = {"scanned": [gap.lower, gap.upper], "orphans": list(found.orphans)}
    owner = _only_owner(found, suspects)
    if owner is not None:
        (orphan,) = found.orphans
        seeking.attach(owner, number=str(orphan), reason=FOUND, facts=facts, at=at)
        return
    for number, report in found.orphans.items():
        _list_orphan(provider, gap, number, report, at=at)
    if found.is_whole and not found.orphans:
        for one in suspects:
            if scanning.gap_of(one) == gap:
                seeking.send_again(one, reason=NOT_THERE, facts=facts, at=at)


def _only_owner(found: Found, suspects: Iterable[Submission]) -> Submission | None:
    """The one doubtful attempt that has the price of the only orphan."""
    if len(found.orphans) != 1 or not found.is_whole:
        return None
    ((number, report),) = found.orphans.items()
    return _only_fitting(number, report, suspects)


def _only_fitting(number: int, report: Report, suspects: Iterable[Submission]) -> Submission | None:
    charged = charged_micros(report)
    fitting = [
        one
        for one in suspects
        if _left_before(one, number) and fits(charged=charged, expected=expected_micros(one))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _list_orphan(
    provider: Provider, gap: Gap, number: int, report: Report, *, at: datetime
) -> None:
    orphans.find(
        provider_id=provider.pk,
        external_id=str(number),
        order=_given_up_order(provider, gap, number, report, at=at),
        report={"word": report.word, "charge": str(report.charge), "remains": report.remains},
        note="found by a scan of numbers",
        at=at,
    )


def _given_up_order(
    provider: Provider, gap: Gap, number: int, report: Report, *, at: datetime
) -> Order | None:
    """Whose order it must have been, if no order is in doubt that it may be, and one that was
    refunded undecided has its price."""
    if _of(seeking.uncertain_at(provider.pk), gap):
        return None
    given_up = _only_fitting(number, report, _of(seeking.given_up_at(provider.pk, at=at), gap))
    return given_up.order if given_up else None


def _of(attempts: SubmissionQuerySet, gap: Gap) -> list[Submission]:
    """Those whose number could be in the gap."""
    rows = attempts.select_related("order__parent", "provider").order_by("pk")
    return [one for one in rows if _left_before(one, gap.upper)]


def _left_before(attempt: Submission, number: int) -> bool:
    """Whether the number may be the attempt's: only smaller ones were known when it left. How much
    earlier it left is not asked: a request may linger."""
    lower = scanning.lower_bound(attempt)
    return lower is None or lower < number


def _is_quiet(provider: Provider, gap: Gap) -> bool:
    """Whether no request is on its way that may still be given a number of the gap."""
    return not _of(Submission.objects.in_flight(provider_id=provider.pk), gap)
