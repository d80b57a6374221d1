"""The only writer of transfers. Each verb is one cause of money moving; docs/ledger.md lists them.

Every verb runs inside the caller's transaction, locks the customer's cash row first (the mutex),
and posts through the SQL function `ledger_post`. Keys make a verb that is called twice a no-op;
`at` is always passed in, so that clocks can be tested. Amounts are micro-USD.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import Error, connection

from wallet.models import Account, Transfer

Kind = Account.Kind


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


_ERRORS_BY_CODE: dict[str, type[LedgerError]] = {"LG001": KeyReused, "LG003": InsufficientFunds}
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


@dataclass(frozen=True, slots=True)
class Held:
    """What was taken for one order and where it is now, in micros."""

    cash_taken: int = 0
    bonus_taken: int = 0
    cash_returned: int = 0
    bonus_returned: int = 0
    recognised: int = 0
    recognised_gross: int = 0

    @property
    def charged(self) -> int:
        return self.cash_taken + self.bonus_taken

    @property
    def refunded(self) -> int:
        return self.cash_returned + self.bonus_returned

    @property
    def escrow(self) -> int:
        return self.charged - self.refunded - self.recognised


def deposit(
    *, customer_id: int, gateway: str, amount_micros: int, reference: str, at: datetime
) -> None:
    """Credits a payment that the gateway holds: clearing -> cash.

    Raises KeyReused, NothingToMove.
    """
    _lock(customer_id)
    _post(
        debit=Pot(Kind.GATEWAY_CLEARING, label=gateway),
        credit=Pot(Kind.CASH, customer_id),
        amount_micros=amount_micros,
        kind=Transfer.Kind.DEPOSIT,
        key=f"{reference}:credit",
        reference=reference,
        at=at,
        origin=reference,
    )


def hold_for_order(*, customer_id: int, charge_micros: int, reference: str, at: datetime) -> None:
    """Takes an order's charge: cash, then bonus -> escrow, all or nothing.

    `orders/sql/place_order.sql` calls the same SQL function. Raises InsufficientFunds.
    """
    with ledger_errors(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_hold(%s, %s, %s, %s)", [customer_id, charge_micros, reference, at]
        )


def refund(*, customer_id: int, reference: str, due_micros: int, at: datetime) -> int:
    """Brings what was returned for `reference` up to `due_micros`; returns the micros moved now.

    A refund is a target: a second call with the same or a smaller target moves nothing. What was
    taken last comes back first (bonus, then cash), so bonus never turns into cash (REF-19).
    Revenue that was recognised too early goes back to escrow first. Raises RefundExceedsCharge.
    """
    _lock(customer_id)
    held = held_for(reference=reference)
    if due_micros > held.charged:
        raise RefundExceedsCharge(f"{reference}: {due_micros} of {held.charged}")
    missing = due_micros - held.refunded
    if missing <= 0:
        return 0
    _unrecognise(reference=reference, amount_micros=missing - held.escrow, due=due_micros, at=at)
    to_bonus = min(missing, held.bonus_taken - held.bonus_returned)
    for kind, amount_micros, suffix in (
        (Kind.BONUS, to_bonus, ":bonus"),
        (Kind.CASH, missing - to_bonus, ""),
    ):
        if amount_micros > 0:
            _post(
                debit=Pot(Kind.ESCROW),
                credit=Pot(kind, customer_id),
                amount_micros=amount_micros,
                kind=Transfer.Kind.ORDER_REFUND,
                key=f"{reference}:refund:{due_micros}{suffix}",
                reference=reference,
                at=at,
            )
    return missing


def settle(*, reference: str, at: datetime) -> int:
    """Recognises what is left of a finished order: escrow -> revenue. Returns the micros moved.

    The caller holds the order's row, which serialises this with `refund` of the same order.
    """
    held = held_for(reference=reference)
    if held.escrow <= 0:
        return 0
    _post(
        debit=Pot(Kind.ESCROW),
        credit=Pot(Kind.REVENUE),
        amount_micros=held.escrow,
        kind=Transfer.Kind.ORDER_REVENUE,
        key=f"{reference}:revenue:{held.recognised_gross + held.escrow}",
        reference=reference,
        at=at,
    )
    return held.escrow


def adjust(*, customer_id: int, amount_micros: int, reference: str, at: datetime) -> None:
    """A correction by staff: adds a positive amount to cash, or takes a negative one from it.

    `reference` names the decision (`adjustment:9`) and is its key. Raises InsufficientFunds,
    NothingToMove.
    """
    _lock(customer_id)
    house, cash = Pot(Kind.ADJUSTMENT), Pot(Kind.CASH, customer_id)
    debit, credit = (house, cash) if amount_micros > 0 else (cash, house)
    _post(
        debit=debit,
        credit=credit,
        amount_micros=abs(amount_micros),
        kind=Transfer.Kind.ADJUSTMENT,
        key=reference,
        reference=reference,
        at=at,
    )


def grant_bonus(*, customer_id: int, amount_micros: int, reference: str, at: datetime) -> None:
    """Gives money that can be spent and never paid out: promotion -> bonus (BON-01).

    Raises NothingToMove.
    """
    _lock(customer_id)
    _post(
        debit=Pot(Kind.PROMOTION),
        credit=Pot(Kind.BONUS, customer_id),
        amount_micros=amount_micros,
        kind=Transfer.Kind.BONUS_GRANT,
        key=reference,
        reference=reference,
        at=at,
    )


def held_for(*, reference: str) -> Held:
    """What the transfers of one order add up to. `reference` is the ledger's name of the order."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.kind, coalesce(customer.kind, ''), sum(t.amount_micros)::bigint
              FROM wallet_transfer t
              LEFT JOIN wallet_account customer
                     ON customer.id IN (t.debit_account_id, t.credit_account_id)
                    AND customer.owner_id IS NOT NULL
             WHERE t.reference = %s GROUP BY 1, 2
            """,
            [reference],
        )
        sums = {(kind, account): micros for kind, account, micros in cursor.fetchall()}
    gross = sums.get((Transfer.Kind.ORDER_REVENUE, ""), 0)
    return Held(
        cash_taken=sums.get((Transfer.Kind.ORDER_CHARGE, Kind.CASH), 0),
        bonus_taken=sums.get((Transfer.Kind.ORDER_CHARGE, Kind.BONUS), 0),
        cash_returned=sums.get((Transfer.Kind.ORDER_REFUND, Kind.CASH), 0),
        bonus_returned=sums.get((Transfer.Kind.ORDER_REFUND, Kind.BONUS), 0),
        recognised=gross - sums.get((Transfer.Kind.ORDER_UNRECOGNISE, ""), 0),
        recognised_gross=gross,
    )


def _unrecognise(*, reference: str, amount_micros: int, due: int, at: datetime) -> None:
    if amount_micros > 0:
        _post(
            debit=Pot(Kind.REVENUE),
            credit=Pot(Kind.ESCROW),
            amount_micros=amount_micros,
            kind=Transfer.Kind.ORDER_UNRECOGNISE,
            key=f"{reference}:unrecognise:{due}",
            reference=reference,
            at=at,
        )


def _lock(customer_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_lock(%s)", [customer_id])


def _post(
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
