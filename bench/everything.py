"""All that is measured, in one run on one database: each part finds what those before it left."""

from __future__ import annotations

from dataclasses import dataclass

from bench import (
    add,
    books,
    catalogue,
    following,
    forwarding,
    history,
    orders,
    price_list,
    prices,
    report,
    sync,
)
from bench.books import Measured
from bench.report import Section


@dataclass(frozen=True, slots=True)
class Everything:
    """`limited` have limits of their own; `is_else_kept`: what the other parts promise is kept."""

    books: list[Measured]
    lists: list[Measured]
    limited: list[Measured]
    sections: list[Section]
    is_else_kept: bool

    @property
    def is_kept(self) -> bool:
        return self.is_else_kept and report.is_kept([*self.books, *self.lists, *self.limited])

    def written(self) -> str:
        """The page, which is in the documentation by then."""
        transfers = books.transfers()
        return report.write(self.books, self.lists, transfers=transfers, more=self.sections)


def measure() -> Everything:
    big = books.prepare()
    found = books.measure(big)
    # The books are proven behind it: what follows makes orders that are in none.
    added = add.measure()
    # From here on there are a million open orders more.
    followed, forwarded = following.measure(), forwarding.measure()
    lists = orders.measure(big)
    looked_at = history.measure(big)
    of_history = history.section(looked_at)
    shop, weights = catalogue.measure(big)
    called, served, of_calls = price_list.measure()
    priced = prices.measure()
    of_prices = prices.section(priced)
    # Brings ten thousand services of its own, so it is last.
    lists_read = sync.measure()
    before = [added.section(), followed.section(), forwarded.section(), of_history]
    after = [of_calls, lists_read.section(), of_prices]
    ratios = [*followed.ratios(), *forwarded.ratios(), *served]
    return Everything(
        books=found,
        lists=lists,
        limited=[*looked_at, *shop, *called, *priced],
        sections=[*before, *catalogue.sections(shop, weights), *after],
        is_else_kept=catalogue.is_kept(weights)
        and lists_read.is_kept
        and added.is_kept
        and all(each.is_kept for each in ratios),
    )
