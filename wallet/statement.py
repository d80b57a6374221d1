"""What happened to a customer's money, newest first, with the balance after each line (WAL-08).

The balance is cash and bonus together. It is walked back from an anchor: the balance of now, or the
line where the page before ended. So a page costs what lies on it and not what lies before it, and
one SELECT gives lines and balance from one moment. What a line's id and balance were never changes
(the books are append-only), hence the anchor can travel in the address, signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.signing import BadSignature, Signer
from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wallet.addresses import customer_page_of
from wallet.models import Account, Transfer, TransferKind

PAGE_SIZE = 25
_CHUNK = 1000
_BUCKETS = [Account.Kind.CASH.value, Account.Kind.BONUS.value]
_NEWEST = (2**63 - 1, None)


class Show(TextChoices):
    """Which lines: the tabs of the page."""

    ALL = "all", gettext_lazy("All")
    TOP_UPS = "top-ups", gettext_lazy("Top-ups")
    ORDERS = "orders", gettext_lazy("Orders")
    REFUNDS = "refunds", gettext_lazy("Refunds")
    BONUSES = "bonuses", gettext_lazy("Bonuses")
    PAYOUTS = "payouts", gettext_lazy("Paid back")
    OTHER = "other", gettext_lazy("Other")


_SOME_KINDS: dict[str, tuple[TransferKind, ...]] = {
    Show.TOP_UPS: (TransferKind.DEPOSIT,),
    Show.ORDERS: (TransferKind.ORDER_CHARGE,),
    Show.REFUNDS: (TransferKind.ORDER_REFUND, TransferKind.ORDER_ABSORB),
    Show.BONUSES: (
        TransferKind.BONUS_GRANT,
        TransferKind.GOODWILL_GRANT,
        TransferKind.BONUS_CANCEL,
        TransferKind.BONUS_RETURN,
    ),
    Show.PAYOUTS: (
        TransferKind.HOLD,
        TransferKind.RELEASE,
        TransferKind.WITHDRAWAL,
        TransferKind.WITHDRAWAL_RETURN,
    ),
}
_ELSEWHERE = {kind for kinds in _SOME_KINDS.values() for kind in kinds}
_KINDS: dict[str, list[str]] = {
    **{show: [kind.value for kind in kinds] for show, kinds in _SOME_KINDS.items()},
    Show.ALL: [kind.value for kind in TransferKind],
    Show.OTHER: [kind.value for kind in TransferKind if kind not in _ELSEWHERE],
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines of a statement: those of a tab, from `since` on and before `until`; of these
    `kinds` alone, where some are named."""

    show: Show = Show.ALL
    kinds: tuple[TransferKind, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Filter()


class UnknownCursor(ValueError):
    """We did not sign it for this customer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One transfer as its customer sees it; amounts are micros, `amount_micros` is signed."""

    transfer_id: int
    at: datetime
    kind: str
    reference: str
    is_bonus: bool
    amount_micros: int
    balance_micros: int

    @property
    def words(self) -> str:
        number = self.reference.partition(":")[2]
        match self.kind:
            case Transfer.Kind.DEPOSIT:
                return _("Top-up %(number)s") % {"number": number}
            case Transfer.Kind.ORDER_CHARGE:
                return _("Order %(number)s") % {"number": number}
            case Transfer.Kind.ORDER_REFUND | Transfer.Kind.ORDER_ABSORB:
                return _("Refund of order %(number)s") % {"number": number}
        return str(Transfer.Kind(self.kind).label)

    @property
    def url(self) -> str | None:
        return customer_page_of(self.reference)


@dataclass(frozen=True, slots=True)
class Page:
    """`below` is the address part that leads to the older lines, "" on the last page."""

    lines: list[Line]
    is_first: bool
    below: str


def read_page(*, customer_id: int, wanted: Filter = EVERYTHING, below: str = "") -> Page:
    """25 lines; a `below` that we did not sign for this customer asks for the first page."""
    try:
        return read_slice(customer_id=customer_id, wanted=wanted, below=below, size=PAGE_SIZE)
    except UnknownCursor:
        return read_slice(customer_id=customer_id, wanted=wanted, below="", size=PAGE_SIZE)


def read_slice(*, customer_id: int, wanted: Filter, below: str, size: int) -> Page:
    """So many lines from `below` on; "" asks for the newest. Raises UnknownCursor."""
    signer = _signer(customer_id)
    anchor = _anchor(signer, below) if below else _NEWEST
    lines = _read(customer_id=customer_id, wanted=wanted, anchor=anchor, limit=size + 1)
    shown = lines[:size]
    return Page(
        lines=shown,
        is_first=anchor == _NEWEST,
        below=_cursor(signer, shown[-1]) if len(lines) > size else "",
    )


def read_all(*, customer_id: int, wanted: Filter = EVERYTHING) -> Iterator[Line]:
    """Every line, newest first, read in pieces so that memory stays flat."""
    anchor: tuple[int, int | None] = _NEWEST
    while lines := _read(customer_id=customer_id, wanted=wanted, anchor=anchor, limit=_CHUNK):
        yield from lines
        anchor = _after(lines[-1])


def _read(
    *, customer_id: int, wanted: Filter, anchor: tuple[int, int | None], limit: int
) -> list[Line]:
    """Up to `limit` lines older than the anchor's transfer, which left the anchor's balance."""
    below_id, balance_micros = anchor
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES,
            {
                "customer": customer_id,
                "buckets": _BUCKETS,
                "kinds": [kind.value for kind in wanted.kinds] or _KINDS[wanted.show],
                "since": wanted.since or "-infinity",
                "until": wanted.until or "infinity",
                "below": below_id,
                "balance": balance_micros,
                "limit": limit,
            },
        )
        return [Line(*row) for row in cursor.fetchall()]


# `legs` are all movements from the anchor down to the last line shown: the filter hides lines, not
# their effect on the balance. Pairs (account, transfer) are compared, not the account alone: only
# the index of that pair can answer, while from an equation the planner, which takes every account
# to be as busy as escrow, concludes that it may as well walk through everybody's transfers.
_LINES = """
WITH mine AS MATERIALIZED (
    SELECT id, kind, balance_micros FROM wallet_account
     WHERE owner_id = %(customer)s AND kind = ANY(%(buckets)s)
), wanted AS MATERIALIZED (
    SELECT DISTINCT found.id FROM mine CROSS JOIN LATERAL (
        (SELECT t.id FROM wallet_transfer t
          WHERE (t.debit_account_id, t.id) < (mine.id, %(below)s)
            AND t.debit_account_id >= mine.id AND t.kind = ANY(%(kinds)s)
            AND t.created_at >= %(since)s AND t.created_at < %(until)s
          ORDER BY t.debit_account_id DESC, t.id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT t.id FROM wallet_transfer t
          WHERE (t.credit_account_id, t.id) < (mine.id, %(below)s)
            AND t.credit_account_id >= mine.id AND t.kind = ANY(%(kinds)s)
            AND t.created_at >= %(since)s AND t.created_at < %(until)s
          ORDER BY t.credit_account_id DESC, t.id DESC LIMIT %(limit)s)
    ) found ORDER BY found.id DESC LIMIT %(limit)s
), lowest AS MATERIALIZED (
    SELECT min(id) AS id FROM wanted
), legs AS (
    SELECT t.id, t.amount_micros AS moved, mine.kind FROM mine JOIN wallet_transfer t
        ON (t.credit_account_id, t.id) < (mine.id, %(below)s)
       AND (t.credit_account_id, t.id) >= (mine.id, (SELECT id FROM lowest))
    UNION ALL
    SELECT t.id, -t.amount_micros, mine.kind FROM mine JOIN wallet_transfer t
        ON (t.debit_account_id, t.id) < (mine.id, %(below)s)
       AND (t.debit_account_id, t.id) >= (mine.id, (SELECT id FROM lowest))
), moves AS (
    SELECT id, sum(moved) AS moved, bool_and(kind = 'bonus') AS is_bonus FROM legs GROUP BY id
), walked AS (
    SELECT id, moved, is_bonus,
           coalesce(%(balance)s, (SELECT sum(balance_micros) FROM mine))
               - coalesce(sum(moved) OVER (ORDER BY id DESC
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS balance_after
      FROM moves
)
SELECT t.id, t.created_at, t.kind, t.reference, walked.is_bonus,
       walked.moved::bigint, walked.balance_after::bigint
  FROM wanted JOIN walked USING (id) JOIN wallet_transfer t USING (id)
 ORDER BY t.id DESC
"""


def _after(line: Line) -> tuple[int, int]:
    """The anchor for the lines older than this one: the balance before it."""
    return line.transfer_id, line.balance_micros - line.amount_micros


def _signer(customer_id: int) -> Signer:
    return Signer(salt=f"wallet.statement:{customer_id}", sep="~")


def _cursor(signer: Signer, line: Line) -> str:
    transfer_id, balance_micros = _after(line)
    return signer.sign(f"{transfer_id}.{balance_micros}")


def _anchor(signer: Signer, cursor: str) -> tuple[int, int | None]:
    try:
        transfer_id, _dot, balance_micros = signer.unsign(cursor).partition(".")
    except BadSignature as error:
        raise UnknownCursor(cursor[:40]) from error
    return int(transfer_id), int(balance_micros)
