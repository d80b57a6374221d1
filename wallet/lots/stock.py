"""The lots while a fold runs: the one thing that changes there. It never leaves `wallet.lots.fold`.

Source of the rules on which lot goes first: docs/lots.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import heappop, heappush

from wallet.lots.holdings import Lot, Part
from wallet.lots.movements import UNLIMITED, Bucket, Pick

_Key = tuple[datetime, datetime, int]
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Open:
    lot: Lot
    remaining: int
    frozen: int
    # The order of spending: soonest expiry, then oldest credit, then lowest id.
    key: _Key

    def closed(self) -> Lot:
        lot = self.lot
        if (lot.remaining_micros, lot.frozen_micros) == (self.remaining, self.frozen):
            return lot
        return replace(lot, remaining_micros=self.remaining, frozen_micros=self.frozen)


class Stock:
    """A queue of each bucket for spending, and the lots of each root and bucket.

    A queue may name a lot that is empty by now, or name one twice: reading it skips what is empty.
    """

    def __init__(self, lots: Iterable[Lot]) -> None:
        self._lots: dict[int, _Open] = {}
        self._queues: dict[Bucket, list[_Key]] = {bucket: [] for bucket in Bucket}
        self._own: dict[tuple[str, Bucket], dict[int, _Open]] = {}
        for lot in lots:
            self.add(lot)

    def add(self, lot: Lot) -> None:
        key = (lot.expires_at or _NEVER, lot.credited_at, lot.id)
        self._lots[lot.id] = opened = _Open(lot, lot.remaining_micros, lot.frozen_micros, key)
        self._offer(opened)

    def take(
        self, amount_micros: int, *, bucket: Bucket, pick: Pick, origin: str | None, at: datetime
    ) -> tuple[list[Part], int]:
        """Parts in the order of taking, and the micros for which there were no lots."""
        if pick is Pick.ANY and not origin:
            return self._take_next(amount_micros, self._queues[bucket])
        parts: list[Part] = []
        for lot in self._candidates(bucket, pick, origin, at):
            given = min(lot.remaining, amount_micros)
            lot.remaining -= given
            amount_micros -= given
            parts.append(Part(lot.lot.id, lot.lot.root, given))
            if not amount_micros:
                break
        return parts, amount_micros

    def _take_next(self, amount_micros: int, queue: list[_Key]) -> tuple[list[Part], int]:
        """What an order takes: the most frequent of all, so written out."""
        parts: list[Part] = []
        while amount_micros and queue:
            opened = self._lots[queue[0][2]]
            given = opened.remaining
            if given > amount_micros:
                given = amount_micros
            else:
                heappop(queue)
            if given:
                opened.remaining -= given
                amount_micros -= given
                parts.append(Part(opened.lot.id, opened.lot.root, given))
        return parts, amount_micros

    def restore(self, parts: Iterable[Part]) -> None:
        """Gives parts back to the lots that they came from."""
        for part in parts:
            opened = self._lots[part.lot]
            opened.remaining += part.amount_micros
            self._offer(opened)

    def freeze(self, parts: Iterable[Part]) -> None:
        for part in parts:
            self._lots[part.lot].frozen += part.amount_micros

    def unfreeze(self, parts: Iterable[Part]) -> None:
        for part in parts:
            self._lots[part.lot].frozen -= part.amount_micros

    def closed(self, *, returnable: set[int]) -> tuple[Lot, ...]:
        """The lots by id (they came in that order), without those that are empty and stay so."""
        return tuple(
            opened.closed()
            for lot_id, opened in self._lots.items()
            if opened.remaining or opened.frozen or lot_id in returnable
        )

    def _candidates(
        self, bucket: Bucket, pick: Pick, origin: str | None, at: datetime
    ) -> Iterator[_Open]:
        """Who takes must empty one before asking for the next."""
        own = self._filled(origin, bucket) if origin else []
        match pick:
            case Pick.ANY:
                yield from own
                yield from self._queued(bucket)
            case Pick.ORIGIN:
                # Else a closed window could be passed: what it shuts in would leave first, and
                # what no window limits could then be asked for again.
                yield from sorted(own, key=lambda opened: opened.lot.kind not in UNLIMITED)
            case Pick.EXPIRED:
                yield from (opened for opened in own if opened.key[0] <= at)

    def _filled(self, origin: str, bucket: Bucket) -> list[_Open]:
        own = self._own.get((origin, bucket), {}).values()
        filled = sorted((opened for opened in own if opened.remaining), key=lambda lot: lot.key)
        self._own[origin, bucket] = {opened.lot.id: opened for opened in filled}
        return filled

    def _queued(self, bucket: Bucket) -> Iterator[_Open]:
        queue = self._queues[bucket]
        while queue:
            opened = self._lots[queue[0][2]]
            if opened.remaining:
                yield opened
            if not opened.remaining:
                heappop(queue)

    def _offer(self, opened: _Open) -> None:
        lot = opened.lot
        heappush(self._queues[lot.bucket], opened.key)
        self._own.setdefault((lot.root, lot.bucket), {})[lot.id] = opened
