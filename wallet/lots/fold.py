"""Lots: which part of which deposit a customer still has, as a pure fold over their transfers.

Nothing is written while money moves. Whoever needs to know (a withdrawal, a dispute, the nightly
expiry) reads the transfers in their order and folds them; a snapshot of earlier holdings shortens
that. The kinds of transfers are data in `wallet.lots.movements`. Source: docs/lots.md (WAL-06,
WAL-07).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from wallet.lots.holdings import Allocation, DepositSums, Holdings, Lot, Part
from wallet.lots.movements import (
    DEBT,
    EFFECTS,
    FROZEN,
    SPENDABLE,
    Bucket,
    Claim,
    Effect,
    LotKind,
    Movement,
    Tally,
)
from wallet.lots.stock import Stock


class BrokenHistory(ValueError):
    """Transfers that no honest books hold: more leaves than is there, or something returns that
    was never taken."""


class Credit(NamedTuple):
    """Money that makes a lot, for the rule that says when it expires."""

    root: str
    reference: str
    bucket: Bucket
    kind: LotKind
    at: datetime


ExpiryRule = Callable[[Credit], datetime | None]


def fold(
    movements: Iterable[Movement], *, expires_at: ExpiryRule, start: Holdings | None = None
) -> Holdings:
    """The holdings after `movements`: one customer's transfers after `start`, by rising id.

    The same rule has to make the lots of `start` and these. Raises BrokenHistory.
    """
    book = _Book(start or Holdings(), expires_at)
    for movement in movements:
        book.apply(movement)
    return book.close()


class _Book:
    def __init__(self, start: Holdings, expires_at: ExpiryRule) -> None:
        self.expires_at = expires_at
        self.last_id = start.last_id
        self.made_lots = start.made_lots
        self.debt_micros = start.debt_micros
        self.stock = Stock(start.lots)
        self.deposits = {deposit.reference: deposit for deposit in start.deposits}
        self.claims: dict[tuple[Claim, Bucket], dict[str, list[Part]]] = {
            (claim, bucket): {} for claim in Claim for bucket in Bucket
        }
        for taken in start.allocations:
            self.claims[taken.claim, taken.bucket][taken.reference] = list(taken.parts)

    def apply(self, movement: Movement) -> None:
        effect = EFFECTS.get(movement.kind)
        if effect is None or movement.id <= self.last_id or movement.amount_micros <= 0:
            raise BrokenHistory(f"{movement}: unknown, out of order or without an amount")
        source = SPENDABLE.get(movement.from_pot) or FROZEN.get(movement.from_pot)
        target = SPENDABLE.get(movement.to_pot) or FROZEN.get(movement.to_pot)
        if source is None and target is not None:
            self._arrive(movement, effect, target)
        elif source is not None and target is None:
            parts = self._leave(movement, effect, source)
            self._remember(effect.remembers, movement, source, parts)
        elif source is not None and target is not None:
            self._change(movement, effect, source, target)
        self._count(movement, effect)
        self.last_id = movement.id

    def close(self) -> Holdings:
        returnable = {
            part.lot
            for bucket in Bucket
            for parts in self.claims[Claim.TAKEN, bucket].values()
            for part in parts
        }
        return Holdings(
            last_id=self.last_id,
            made_lots=self.made_lots,
            debt_micros=self.debt_micros,
            lots=self.stock.closed(returnable=returnable),
            deposits=tuple(self.deposits.values()),
            allocations=tuple(
                Allocation(claim, reference, bucket, tuple(parts))
                for (claim, bucket), claims in self.claims.items()
                for reference, parts in claims.items()
            ),
        )

    def _arrive(self, movement: Movement, effect: Effect, bucket: Bucket) -> None:
        """From the house to the customer."""
        if movement.to_pot in FROZEN or not (effect.makes or effect.returns):
            raise BrokenHistory(f"{movement}: this kind brings nothing in")
        if effect.returns is None:
            sums = {movement.origin or movement.reference: movement.amount_micros}
        else:
            parts = self._reclaim(effect.returns, movement, bucket)
            if effect.makes is None:
                self.stock.restore(parts)
                return
            sums = _by_root(parts)
        if effect.makes:
            self._make(movement, effect.makes, bucket, sums)

    def _make(
        self, movement: Movement, kind: LotKind, bucket: Bucket, sums: dict[str, int]
    ) -> None:
        at = movement.at
        for root, amount in sums.items():
            expires_at = self.expires_at(Credit(root, movement.reference, bucket, kind, at))
            self.made_lots += 1
            self.stock.add(
                Lot(self.made_lots, root, bucket, kind, amount, amount, 0, at, expires_at)
            )
            if kind is LotKind.DEPOSIT:
                if root in self.deposits:
                    raise BrokenHistory(f"{movement}: credited twice")
                self.deposits[root] = DepositSums(root, amount, at)

    def _leave(self, movement: Movement, effect: Effect, bucket: Bucket) -> list[Part]:
        """From the customer to the house, out of what is spendable or out of a hold."""
        if movement.from_pot in FROZEN:
            parts = self._reclaim(Claim.HOLD, movement, bucket)
            self.stock.unfreeze(parts)
            return parts
        parts, missing = self.stock.take(
            movement.amount_micros,
            bucket=bucket,
            pick=effect.pick,
            origin=movement.origin,
            at=movement.at,
        )
        if missing:
            raise BrokenHistory(f"{movement}: {missing} micros more than there are")
        return parts

    def _change(self, movement: Movement, effect: Effect, source: Bucket, target: Bucket) -> None:
        """From one account of the customer to another: onto hold, or back."""
        is_frozen, was_frozen = movement.to_pot in FROZEN, movement.from_pot in FROZEN
        if source is not target or is_frozen is was_frozen:
            raise BrokenHistory(f"{movement}: cash and bonus never become each other")
        parts = self._leave(movement, effect, source)
        if is_frozen:
            self.stock.freeze(parts)
            self._remember(Claim.HOLD, movement, source, parts)
        else:
            self.stock.restore(parts)

    def _remember(
        self, claim: Claim | None, movement: Movement, bucket: Bucket, parts: list[Part]
    ) -> None:
        if claim:
            self.claims[claim, bucket].setdefault(movement.reference, []).extend(parts)

    def _reclaim(self, claim: Claim, movement: Movement, bucket: Bucket) -> list[Part]:
        """Remembered parts worth the movement, last taken first; they are forgotten here."""
        claims, left = self.claims[claim, bucket], movement.amount_micros
        parts, found = claims.get(movement.reference, []), []
        while parts and left:
            part = parts.pop()
            if part.amount_micros > left:
                lot_id, root, amount = part
                parts.append(Part(lot_id, root, amount - left))
                part = Part(lot_id, root, left)
            found.append(part)
            left -= part.amount_micros
        if left:
            raise BrokenHistory(f"{movement}: {left} micros more than were taken")
        if not parts:
            del claims[movement.reference]
        return found

    def _count(self, movement: Movement, effect: Effect) -> None:
        if movement.from_pot == DEBT:
            self.debt_micros += movement.amount_micros
        if movement.to_pot == DEBT:
            self.debt_micros -= movement.amount_micros
        if self.debt_micros < 0:
            raise BrokenHistory(f"{movement}: more than was owed")
        if effect.adds:
            self._tally(movement, effect.adds, movement.amount_micros)
        if effect.subtracts:
            self._tally(movement, effect.subtracts, -movement.amount_micros)

    def _tally(self, movement: Movement, tally: Tally, amount_micros: int) -> None:
        deposit = self.deposits.get(movement.origin or "")
        if deposit is None:
            raise BrokenHistory(f"{movement}: names no deposit")
        if tally is Tally.PAID_OUT:
            changed = replace(deposit, paid_out_micros=deposit.paid_out_micros + amount_micros)
        else:
            changed = replace(deposit, disputed_micros=deposit.disputed_micros + amount_micros)
        if min(changed.paid_out_micros, changed.disputed_micros) < 0:
            raise BrokenHistory(f"{movement}: more than had left")
        self.deposits[deposit.reference] = changed


def _by_root(parts: Iterable[Part]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for part in parts:
        sums[part.root] = sums.get(part.root, 0) + part.amount_micros
    return sums
