"""Our books of a gateway held against the gateway's own (`ClearingEntry`), line by line.

Both sides are netted for each thing that money moved for: a charge with its fee, a refund, a
dispute. A day may differ while both agree, because a gateway books when the money is there and we
when it was told; what differs for one thing over all time is a difference. Transfers to our own
bank account are no business of these books and are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Case, F, Model, Q, QuerySet, Sum, When
from django.db.models.functions import TruncDate

from wallet.currencies import LEDGER_CURRENCY
from wallet.models import (
    Account,
    AccountKind,
    ClearingEntry,
    Deposit,
    Dispute,
    ForeignRefund,
    Payout,
    Transfer,
)
from wallet.reports.days import moved

# The gateway's names of its transfers to our bank.
_TO_THE_BANK = ("payout", "payout_failure", "payout_cancel", "transfer")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """Net of one day in micros: what came in less what left and what was kept as fees."""

    on: date
    ours: int
    theirs: int

    @property
    def difference(self) -> int:
        return self.theirs - self.ours


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing about which both books disagree; `number` is the gateway's, `references` ours."""

    number: str
    references: list[str]
    kinds: list[str]
    ours: int
    theirs: int

    @property
    def difference(self) -> int:
        return self.theirs - self.ours


def gateways_with_books() -> list[str]:
    """The codes of gateways that have told us their own books."""
    codes = ClearingEntry.objects.order_by("gateway").values_list("gateway", flat=True)
    return list(codes.distinct())


def days(*, gateway: str, since: date, until: date) -> list[Day]:
    """Each day on which either side booked something, the earliest first."""
    ours: defaultdict[date, int] = defaultdict(int)
    for one in moved(since=since, until=until):
        if one.kind == AccountKind.GATEWAY_CLEARING and one.label == gateway:
            ours[one.on] -= one.net
    booked = _entries(gateway).filter(**_within(since, until))
    sums = (
        booked.annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values("day")
        .order_by("day")
        .annotate(net=Sum(F("gross_micros") - F("fee_micros")))
    )
    theirs = {row["day"]: row["net"] for row in sums}
    return [Day(on, ours.get(on, 0), theirs.get(on, 0)) for on in sorted({*ours, *theirs})]


def differences(*, gateway: str, since: date, until: date) -> list[Difference]:
    """What both books do not agree about, of all that either booked within these days."""
    within = _within(since, until)
    entries, transfers = _entries(gateway), _booked(gateway)
    touched = {one.source_id for one in entries.filter(**within)} - {""}
    names = set(transfers.filter(**within).values_list("reference", flat=True))
    number_of = _numbers(names, touched)
    theirs = _theirs(entries, touched | set(number_of.values()))
    theirs += [
        _Side(one.entry_id, "", [one.kind], _net(one))
        for one in entries.filter(**within, source_id="")
    ]
    ours = _ours(transfers, names | set(number_of), number_of)
    return _compared(ours, theirs)


@dataclass(frozen=True, slots=True)
class _Side:
    """What one of the books says about one thing."""

    number: str
    reference: str
    kinds: list[str]
    net: int


def _compared(ours: list[_Side], theirs: list[_Side]) -> list[Difference]:
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    references: defaultdict[str, set[str]] = defaultdict(set)
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for place, sides in enumerate((ours, theirs)):
        for side in sides:
            sums[side.number][place] += side.net
            references[side.number] |= {side.reference} - {""}
            kinds[side.number] |= set(side.kinds)
    return [
        Difference(number, sorted(references[number]), sorted(kinds[number]), our_net, their_net)
        for number, (our_net, their_net) in sorted(sums.items())
        if our_net != their_net
    ]


def _entries(gateway: str) -> QuerySet[ClearingEntry]:
    rows = ClearingEntry.objects.filter(gateway=gateway, currency=LEDGER_CURRENCY)
    return rows.exclude(kind__in=_TO_THE_BANK)


def _booked(gateway: str) -> QuerySet[Transfer]:
    clearing = Account.objects.filter(kind=AccountKind.GATEWAY_CLEARING, label=gateway)
    return Transfer.objects.filter(Q(debit_account__in=clearing) | Q(credit_account__in=clearing))


def _within(since: date, until: date) -> dict[str, datetime]:
    return {
        "created_at__gte": datetime.combine(since, time.min, UTC),
        "created_at__lt": datetime.combine(until + _DAY, time.min, UTC),
    }


def _ours(
    transfers: QuerySet[Transfer], references: set[str], number_of: dict[str, str]
) -> list[_Side]:
    """What came in (a debit of the clearing account) less what left. What has no number at the
    gateway stands under our own name."""
    came_in = When(debit_account__kind=AccountKind.GATEWAY_CLEARING, then=F("amount_micros"))
    rows = transfers.filter(reference__in=references).order_by().values_list("reference")
    return [
        _Side(number_of.get(reference) or reference, reference, [], net)
        for reference, net in rows.annotate(net=Sum(Case(came_in, default=-F("amount_micros"))))
    ]


def _theirs(entries: QuerySet[ClearingEntry], numbers: set[str]) -> list[_Side]:
    found = entries.filter(source_id__in=numbers - {""})
    return [_Side(one.source_id, "", [one.kind], _net(one)) for one in found]


def _net(entry: ClearingEntry) -> int:
    return entry.gross_micros - entry.fee_micros


def _numbers(references: set[str], touched: set[str]) -> dict[str, str]:
    """The gateway's number of each of these references, and of what has one of these numbers."""
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for reference in references:
        name, _colon, number = reference.partition(":")
        if number.isdigit():
            ids[name].append(int(number))
    found: dict[str, str] = {}
    for name, (model, field) in _NUMBERED.items():
        wanted = Q(pk__in=ids[name]) | Q(**{f"{field}__in": touched})
        rows = model._default_manager.filter(wanted).values_list("pk", field)
        found |= {f"{name}:{pk}": number for pk, number in rows}
    return found


_NUMBERED: Mapping[str, tuple[type[Model], str]] = {
    "deposit": (Deposit, "charge_id"),
    "payout": (Payout, "refund_id"),
    "refund": (ForeignRefund, "refund_id"),
    "dispute": (Dispute, "dispute_id"),
}
