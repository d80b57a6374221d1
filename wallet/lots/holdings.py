"""What a customer holds after some transfer: lots, what left them and may return, sums per deposit.

Immutable and comparable: two ways to the same moment give equal holdings. As JSON text it is a
snapshot from which `wallet.lots.fold.fold` goes on. Source: docs/lots.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Self

from wallet.lots.movements import Bucket, Claim, LotKind

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Lot:
    """Money of one origin that came in at once. `id` counts the lots of the customer.

    `root` is the deposit that it goes back to (`deposit:5`), or the cause of money that no deposit
    brought (`bonus:3`). `remaining_micros` can be spent, `frozen_micros` lies in the hold account;
    0 <= remaining + frozen <= amount.
    """

    id: int
    root: str
    bucket: Bucket
    kind: LotKind
    amount_micros: int
    remaining_micros: int
    frozen_micros: int
    credited_at: datetime
    expires_at: datetime | None


class Part(NamedTuple):
    """What one lot gave."""

    lot: int
    root: str
    amount_micros: int


class Allocation(NamedTuple):
    """Which lots gave what for `reference` and did not get back yet, in the order of taking."""

    claim: Claim
    reference: str
    bucket: Bucket
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class DepositSums:
    """One deposit and what went back on its charge, fees that the customer bore included."""

    reference: str
    amount_micros: int
    credited_at: datetime
    paid_out_micros: int = 0
    disputed_micros: int = 0


@dataclass(frozen=True, slots=True)
class Holdings:
    """After the transfer `last_id`. A lot that is empty and that nothing returns to is left out."""

    last_id: int = 0
    made_lots: int = 0
    debt_micros: int = 0
    lots: tuple[Lot, ...] = ()
    deposits: tuple[DepositSums, ...] = ()
    allocations: tuple[Allocation, ...] = ()

    def spendable_micros(self, bucket: Bucket) -> int:
        """What the account of the bucket holds."""
        return sum(lot.remaining_micros for lot in self.lots if lot.bucket is bucket)

    def frozen_micros(self, bucket: Bucket) -> int:
        """What the hold account of the bucket holds."""
        return sum(lot.frozen_micros for lot in self.lots if lot.bucket is bucket)

    def deposit(self, reference: str) -> DepositSums:
        """Raises KeyError for a deposit that was never credited."""
        for deposit in self.deposits:
            if deposit.reference == reference:
                return deposit
        raise KeyError(reference)

    def without_orders(self, is_final: Callable[[str], bool]) -> Holdings:
        """The same without the allocations of orders that will never be refunded any more.

        Keeps a snapshot short. A refund of an order forgotten here breaks the fold.
        """
        kept = (
            allocation
            for allocation in self.allocations
            if allocation.claim is not Claim.ORDER or not is_final(allocation.reference)
        )
        return replace(self, allocations=tuple(kept))

    def to_json(self) -> str:
        return json.dumps(
            {
                "version": _VERSION,
                "last_id": self.last_id,
                "made_lots": self.made_lots,
                "debt_micros": self.debt_micros,
                "lots": [_lot_row(lot) for lot in self.lots],
                "deposits": [_deposit_row(deposit) for deposit in self.deposits],
                "allocations": [
                    [taken.claim, taken.reference, taken.bucket, taken.parts]
                    for taken in self.allocations
                ],
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads what `to_json` wrote. Raises ValueError for a snapshot of another version."""
        stored = json.loads(text)
        if stored["version"] != _VERSION:
            raise ValueError(f"a snapshot of version {stored['version']}")
        return cls(
            last_id=stored["last_id"],
            made_lots=stored["made_lots"],
            debt_micros=stored["debt_micros"],
            lots=tuple(_lot(row) for row in stored["lots"]),
            deposits=tuple(_deposit(row) for row in stored["deposits"]),
            allocations=tuple(_allocation(row) for row in stored["allocations"]),
        )


_LotRow = tuple[int, str, str, str, int, int, int, str, str | None]
_DepositRow = tuple[str, int, str, int, int]
_AllocationRow = tuple[str, str, str, tuple[Part, ...]]


def _lot_row(lot: Lot) -> _LotRow:
    return (
        lot.id,
        lot.root,
        lot.bucket,
        lot.kind,
        lot.amount_micros,
        lot.remaining_micros,
        lot.frozen_micros,
        lot.credited_at.isoformat(),
        lot.expires_at.isoformat() if lot.expires_at else None,
    )


def _lot(row: _LotRow) -> Lot:
    id_, root, bucket, kind, amount, remaining, frozen, credited_at, expires_at = row
    return Lot(
        id=id_,
        root=root,
        bucket=Bucket(bucket),
        kind=LotKind(kind),
        amount_micros=amount,
        remaining_micros=remaining,
        frozen_micros=frozen,
        credited_at=datetime.fromisoformat(credited_at),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
    )


def _deposit_row(deposit: DepositSums) -> _DepositRow:
    return (
        deposit.reference,
        deposit.amount_micros,
        deposit.credited_at.isoformat(),
        deposit.paid_out_micros,
        deposit.disputed_micros,
    )


def _deposit(row: _DepositRow) -> DepositSums:
    reference, amount, credited_at, paid_out, disputed = row
    return DepositSums(reference, amount, datetime.fromisoformat(credited_at), paid_out, disputed)


def _allocation(row: _AllocationRow) -> Allocation:
    claim, reference, bucket, parts = row
    return Allocation(
        claim=Claim(claim),
        reference=reference,
        bucket=Bucket(bucket),
        parts=tuple(Part(*part) for part in parts),
    )
