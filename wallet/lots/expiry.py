"""When unused money ends (WAL-03), and which money does so next."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime

from wallet.lots.holdings import Holdings, Lot
from wallet.lots.movements import Bucket


def months_after(at: datetime, months: int) -> datetime:
    """The same day and time of a later month in UTC; the month's last day where that day is
    missing: a year after 29 February is 28 February."""
    moment = at.astimezone(UTC)
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = moment.day
    if day > 28:
        day = min(day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


@dataclass(frozen=True, slots=True)
class Expiring:
    """Money of one root and bucket that ends at one moment: a line of the warning mail, and the
    `expiry` movement with `root` as its origin when the time has come."""

    root: str
    bucket: Bucket
    expires_at: datetime
    amount_micros: int


def expiring(holdings: Holdings, *, by: datetime) -> list[Expiring]:
    """What ends until `by` (inclusive), soonest first. A hold on a deposit stops its expiry."""
    stopped = {lot.root for lot in holdings.lots if lot.frozen_micros}
    sums: dict[tuple[datetime, str, Bucket], int] = {}
    for lot in holdings.lots:
        if lot.root not in stopped and (expires_at := _end(lot, by)):
            key = (expires_at, lot.root, lot.bucket)
            sums[key] = sums.get(key, 0) + lot.remaining_micros
    return [
        Expiring(root=root, bucket=bucket, expires_at=expires_at, amount_micros=amount)
        for (expires_at, root, bucket), amount in sorted(sums.items())
    ]


def _end(lot: Lot, by: datetime) -> datetime | None:
    has_ended = lot.remaining_micros and lot.expires_at and lot.expires_at <= by
    return lot.expires_at if has_ended else None
