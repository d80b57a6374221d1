"""How a transfer is written: every verb of the ledger ends here, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import Error, connection

from wallet.models import Account


class LedgerError(Exception):
    """A movement that the books refuse. Nothing was booked."""


class InsufficientFunds(LedgerError):
    """The customer's accounts hold less than what was asked."""


class KeyReused(LedgerError):
    """This key already names a transfer with other content."""


class RefundExceedsCharge(LedgerError):
    """More would go back than was ever taken for this reference."""


class NothingToMove(LedgerError):
    """A movement of nothing, or of less: the other direction is another verb."""


class InDebt(LedgerError):
    """The customer owes money, which comes before orders."""


_ERRORS_BY_CODE: dict[str, type[LedgerError]] = {
    "LG001": KeyReused,
    "LG003": InsufficientFunds,
    "LG004": InDebt,
}
_BALANCE_CHECK = "wallet_account_balance_not_negative"


def error_from(error: Error) -> LedgerError | None:
    """The refusal that a database error stands for; None for any other failure."""
    cause = error.__cause__
    found = _ERRORS_BY_CODE.get(getattr(cause, "pgcode", None) or "")
    if found is None and _BALANCE_CHECK in str(error):
        found = InsufficientFunds
    return found(str(error).partition("\n")[0]) if found else None


@contextmanager
def ledger_errors() -> Iterator[None]:
    """Turns the database's refusals into this module's errors."""
    try:
        yield
    except Error as error:
        refusal = error_from(error)
        if refusal is None:
            raise
        raise refusal from error


@dataclass(frozen=True, slots=True)
class Pot:
    """One account named by what it is rather than by its id."""

    kind: str
    owner_id: int | None = None
    label: str = ""


def lock(customer_id: int) -> None:
    """Takes the customer's cash row, the mutex: until the transaction ends nobody else moves his
    money. Whoever decides from lots or balances takes it first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_lock(%s)", [customer_id])


def post(
    *,
    debit: Pot,
    credit: Pot,
    amount_micros: int,
    kind: str,
    key: str,
    reference: str,
    at: datetime,
    origin: str | None = None,
) -> None:
    """One transfer. Raises NothingToMove, KeyReused, InsufficientFunds."""
    if amount_micros <= 0:
        raise NothingToMove(f"{key}: {amount_micros}")
    with ledger_errors(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post(ledger_account(%s, %s, %s), ledger_account(%s, %s, %s),"
            " %s, %s, %s, %s, %s, %s)",
            [
                debit.owner_id, debit.kind, debit.label,
                credit.owner_id, credit.kind, credit.label,
                amount_micros, kind, key, reference, origin, at,
            ],
        )  # fmt: skip


class Leg(NamedTuple):
    """One transfer of an event with several sides; `name` makes its key."""

    debit: Pot
    credit: Pot
    amount_micros: int
    kind: str
    name: str


def post_legs(legs: Iterable[Leg], *, reference: str, at: datetime, origin: str | None) -> None:
    """Writes every leg that moves something, under the keys `<reference>:<name>`."""
    for leg in legs:
        if leg.amount_micros > 0:
            post(
                debit=leg.debit,
                credit=leg.credit,
                amount_micros=leg.amount_micros,
                kind=leg.kind,
                key=f"{reference}:{leg.name}",
                reference=reference,
                origin=origin,
                at=at,
            )


def sums_of(reference: str) -> dict[tuple[str, str], int]:
    """What was moved for a cause, in micros, by kind of transfer and the customer's account that
    it touched ("" for none), the earliest first. Between two accounts of a customer it counts for
    both of them."""
    return sums_by_reference([reference]).get(reference, {})


def sums_by_reference(references: Sequence[str]) -> dict[str, dict[tuple[str, str], int]]:
    """The same of many causes; one for which nothing was moved is left out."""
    found: dict[str, dict[tuple[str, str], int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.reference, t.kind, coalesce(customer.kind, ''), sum(t.amount_micros)::bigint
              FROM wallet_transfer t
              LEFT JOIN wallet_account customer
                     ON customer.id IN (t.debit_account_id, t.credit_account_id)
                    AND customer.owner_id IS NOT NULL
             WHERE t.reference = ANY (%s) GROUP BY 1, 2, 3 ORDER BY min(t.id)
            """,
            [list(references)],
        )
        for reference, kind, account, micros in cursor.fetchall():
            found.setdefault(reference, {})[kind, account] = micros
    return found


def balance_of(customer_id: int, kind: str) -> int:
    """Micros in one account of a customer."""
    rows = Account.objects.filter(owner_id=customer_id, kind=kind)
    return rows.values_list("balance_micros", flat=True).first() or 0
