"""Money that comes in: top-ups with the gateway's fee, bonuses, goodwill and corrections."""

from __future__ import annotations

from datetime import datetime

from wallet.ledger.posting import Pot, lock, post
from wallet.models import AccountKind as Kind
from wallet.models import TransferKind


def deposit(
    *, customer_id: int, gateway: str, amount_micros: int, reference: str, at: datetime
) -> None:
    """Credits a payment that the gateway holds: clearing -> cash.

    Raises KeyReused, NothingToMove.
    """
    lock(customer_id)
    post(
        debit=Pot(Kind.GATEWAY_CLEARING, label=gateway),
        credit=Pot(Kind.CASH, customer_id),
        amount_micros=amount_micros,
        kind=TransferKind.DEPOSIT,
        key=f"{reference}:credit",
        reference=reference,
        at=at,
        origin=reference,
    )


def adjust(*, customer_id: int, amount_micros: int, reference: str, at: datetime) -> None:
    """A correction by staff: adds a positive amount to cash, or takes a negative one from it.

    `reference` names the decision (`decision:9`) and is its key. Raises InsufficientFunds,
    NothingToMove.
    """
    lock(customer_id)
    house, cash = Pot(Kind.ADJUSTMENT), Pot(Kind.CASH, customer_id)
    debit, credit = (house, cash) if amount_micros > 0 else (cash, house)
    post(
        debit=debit,
        credit=credit,
        amount_micros=abs(amount_micros),
        kind=TransferKind.ADJUSTMENT,
        key=reference,
        reference=reference,
        at=at,
    )


def grant_bonus(
    *,
    customer_id: int,
    amount_micros: int,
    reference: str,
    at: datetime,
    deposit: str | None = None,
) -> None:
    """Gives money that can be spent and never paid out: promotion -> bonus (BON-01).

    `deposit` ties it to a top-up, whose lot it belongs to and with which it is cancelled (WDR-09).
    Raises NothingToMove.
    """
    lock(customer_id)
    post(
        debit=Pot(Kind.PROMOTION),
        credit=Pot(Kind.BONUS, customer_id),
        amount_micros=amount_micros,
        kind=TransferKind.BONUS_GRANT,
        key=reference,
        reference=reference,
        origin=deposit,
        at=at,
    )


def grant_goodwill(*, customer_id: int, amount_micros: int, reference: str, at: datetime) -> None:
    """Gives bonus money as a courtesy: goodwill -> bonus. Raises NothingToMove."""
    lock(customer_id)
    post(
        debit=Pot(Kind.GOODWILL),
        credit=Pot(Kind.BONUS, customer_id),
        amount_micros=amount_micros,
        kind=TransferKind.GOODWILL_GRANT,
        key=reference,
        reference=reference,
        at=at,
    )


def book_gateway_fee(
    *, gateway: str, amount_micros: int, reference: str, at: datetime, turn: int = 0
) -> None:
    """What the gateway kept for a top-up or a dispute: gateway_fees -> clearing; a negative amount
    is what it gave back. Once for each `reference`, direction and `turn`. Raises KeyReused."""
    fees, clearing = Pot(Kind.GATEWAY_FEES), Pot(Kind.GATEWAY_CLEARING, label=gateway)
    debit, credit = (fees, clearing) if amount_micros > 0 else (clearing, fees)
    name = "gateway_fee" if amount_micros > 0 else "gateway_fee_back"
    post(
        debit=debit,
        credit=credit,
        amount_micros=abs(amount_micros),
        kind=TransferKind.GATEWAY_FEE,
        key=f"{reference}:{name}:{turn}" if turn else f"{reference}:{name}",
        reference=reference,
        at=at,
    )
