"""Money that was not used in time: two mails, then its end (WAL-03).

Run every night over everybody; each customer is a transaction of its own, and what is done is seen
in the lots and in the notices, so a run that was killed or comes twice does the rest. A hold or an
open dispute on a top-up stops all money of that top-up, and so does an account that is not active.
Nothing ends of which its owner was not told a week before: if the mail comes late, so does the end.
Source: docs/ledger.md, "Expiry".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import mail, sweeps
from accounts.models import User
from legal.models import Publication
from legal.terms import policy_of
from wallet import ledger
from wallet.lots.bulk import fold_all
from wallet.lots.expiry import Expiring, expiring
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket
from wallet.lots.reading import read_holdings
from wallet.models import Account, BonusGrant, Dispute, ExpiryNotice
from wallet.money import display

FIRST, LAST = 30, 7  # days before
# A nightly run tells of the last week up to a day late.
SHORTEST_NOTICE = timedelta(days=LAST - 1)
_CHUNK = 500
_EVER = timedelta(days=366 * 100)


@dataclass(frozen=True, slots=True)
class Line:
    """Money of one root and bucket that ends on one day (UTC), for a mail and a page."""

    root: str
    bucket: Bucket
    ends_at: datetime
    amount_micros: int
    expires_on: date
    days_before: int

    @property
    def deposit_id(self) -> str:
        """The top-up's number; "" for money that no top-up brought."""
        kind, _colon, number = self.root.partition(":")
        return number if kind == "deposit" else ""

    @property
    def is_bonus(self) -> bool:
        return self.bucket is Bucket.BONUS

    @property
    def amount(self) -> str:
        return display(self.amount_micros)


def run(*, at: datetime) -> int:
    """Warns and ends what is due for everybody; returns for how many customers there was anything.

    Where no terms ever let money expire, nobody is looked at.
    """
    if not _has_terms():
        return 0
    owners = Account.objects.filter(
        kind__in=(Account.Kind.CASH, Account.Kind.BONUS),
        balance_micros__gt=0,
        owner__is_active=True,
    )
    ids = sorted(set(owners.values_list("owner_id", flat=True)))
    return sweeps.each("user", _concerned(ids, at=at), lambda one: serve(customer_id=one, at=at))


def _concerned(ids: list[int], *, at: datetime) -> Iterator[int]:
    """Whose money ends soon enough for the first notice, or has ended."""
    horizon = at + timedelta(days=FIRST)
    for begin in range(0, len(ids), _CHUNK):
        for folded in fold_all(customer_ids=ids[begin : begin + _CHUNK]):
            if folded.holdings and expiring(folded.holdings, by=horizon):
                yield folded.customer_id


@transaction.atomic
def serve(*, customer_id: int, at: datetime) -> None:
    """Warns of and ends what is due for one customer, decided under his mutex."""
    ledger.lock(customer_id)
    holdings = read_holdings(customer_id=customer_id)
    ended, ahead = _due(holdings, customer_id=customer_id, at=at)
    for (root, bucket), amount_micros in _sums(ended).items():
        ledger.expire(
            customer_id=customer_id,
            bucket=bucket,
            amount_micros=amount_micros,
            root=root,
            after_id=holdings.last_id,
            at=at,
        )
    _tell(_untold(_lines(ahead, at=at), customer_id=customer_id), customer_id=customer_id, at=at)


def next_to_expire(*, customer_id: int, at: datetime) -> Line | None:
    """What ends first, all of its day in one sum; None if nothing of this customer ever ends."""
    if not _has_terms():
        return None
    holdings = read_holdings(customer_id=customer_id)
    lines = _lines(expiring(holdings, by=at + _EVER), at=at)
    if not lines:
        return None
    first = lines[0]
    same_day = (line.amount_micros for line in lines if line.expires_on == first.expires_on)
    return replace(first, amount_micros=sum(same_day))


def _has_terms() -> bool:
    publications = Publication.objects.values_list("pk", flat=True)
    return any(policy_of(pk).wallet_expiry_months is not None for pk in publications) or (
        BonusGrant.objects.filter(expires_at__isnull=False).exists()
    )


def _due(
    holdings: Holdings, *, customer_id: int, at: datetime
) -> tuple[list[Expiring], list[Expiring]]:
    """What ends now, and what is still ahead (also because nobody was told of it in time)."""
    disputes = Dispute.objects.open().filter(deposit__customer_id=customer_id)
    disputed = {f"deposit:{pk}" for pk in disputes.values_list("deposit_id", flat=True)}
    notices = ExpiryNotice.objects.filter(
        customer_id=customer_id, days_before=LAST, told_at__lte=at - SHORTEST_NOTICE
    )
    told = set(notices.values_list("root", "bucket", "expires_on"))
    ended: list[Expiring] = []
    ahead: list[Expiring] = []
    for money in expiring(holdings, by=at + timedelta(days=FIRST)):
        if money.root in disputed:
            continue
        is_told = (money.root, money.bucket, _day(money)) in told
        (ended if money.expires_at <= at and is_told else ahead).append(money)
    return ended, ahead


def _sums(ended: Iterable[Expiring]) -> dict[tuple[str, Bucket], int]:
    sums: dict[tuple[str, Bucket], int] = {}
    for money in ended:
        key = (money.root, money.bucket)
        sums[key] = sums.get(key, 0) + money.amount_micros
    return sums


def _day(money: Expiring) -> date:
    return money.expires_at.astimezone(UTC).date()


def _lines(ahead: Iterable[Expiring], *, at: datetime) -> list[Line]:
    """The sums by top-up, bucket and day, soonest first."""
    lines: dict[tuple[date, str, Bucket], Line] = {}
    for money in ahead:
        key = (_day(money), money.root, money.bucket)
        before = lines[key].amount_micros if key in lines else 0
        lines[key] = Line(
            root=money.root,
            bucket=money.bucket,
            # What was on hold when its time was over ends a week after the mail.
            ends_at=money.expires_at
            if money.expires_at >= at + SHORTEST_NOTICE
            else at + timedelta(days=LAST),
            amount_micros=before + money.amount_micros,
            expires_on=_day(money),
            days_before=LAST if money.expires_at <= at + timedelta(days=LAST) else FIRST,
        )
    return [lines[key] for key in sorted(lines)]


def _untold(lines: Iterable[Line], *, customer_id: int) -> list[Line]:
    notices = ExpiryNotice.objects.filter(customer_id=customer_id)
    told = set(notices.values_list("root", "bucket", "expires_on", "days_before"))
    return [
        line
        for line in lines
        if (line.root, line.bucket, line.expires_on, line.days_before) not in told
    ]


def _tell(lines: list[Line], *, customer_id: int, at: datetime) -> None:
    """One mail for all lines that are new; the rows and the mail are committed together."""
    if not lines:
        return
    notices = ExpiryNotice.objects.bulk_create(
        ExpiryNotice(
            customer_id=customer_id,
            root=line.root,
            bucket=line.bucket,
            expires_on=line.expires_on,
            days_before=line.days_before,
            told_at=at,
        )
        for line in lines
    )
    mail.enqueue(
        key=f"expiry:{notices[0].pk}",
        recipient=User.objects.get(pk=customer_id).email,
        template="money_expiring",
        context={
            "lines": lines,
            "first": lines[0],
            "url": settings.SITE_URL.rstrip("/") + reverse("wallet:wallet"),
        },
        at=at,
    )
