"""What was measured, as a table for the terminal and as docs/performance.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.books import Measured

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: a heading, what the figures are of, and a table of them."""

    title: str
    words: str
    table: str

    def __str__(self) -> str:
        return f"\n## {self.title}\n{self.words}\n\n{self.table}\n"


def table(found: Iterable[Measured]) -> str:
    rows = [
        f"| {each.name} | {_time(each.seconds)} | {_limit(each)} | {_share(each)} |"
        for each in found
    ]
    return "\n".join(["| what | measured | limit | of the limit |", "|---|---:|---:|---:|", *rows])


def write(
    found: Iterable[Measured],
    lists: Iterable[Measured],
    *,
    transfers: int,
    more: Iterable[Section] = (),
) -> str:
    """Writes the page; returns it."""
    cores = os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    text = f"""# Performance

Made by `make bench` on {datetime.now(UTC):%d %B %Y}: {cores} cores, {memory:.0f} GiB, Python
{platform.python_version()}, an own PostgreSQL that commits to the disk; average load {load:.1f}.
Absolute figures move with the machine; what is promised is the limit.

## The books
{transfers:,} transfers of 5,251 customers: top-ups, orders, refunds in part and revenue. 100,000 of
them are one customer's.

{table(found)}

The best of five, but for proofs and snapshots, which run once. The proof is all of
`manage.py verify_ledger`, the checks of orders included. Snapshots are taken at night of whoever
has more than 500 transfers since the last; the others are short enough to fold from the beginning.

## Lists of orders
One customer with 60,000 of 1.4 million orders, the 95th percentile of forty looks at each page,
the whole of Django's work included.

{table(lists)}
{"".join(map(str, more))}"""
    PAGE.write_text(text, encoding="utf-8")
    return text


def is_kept(found: Iterable[Measured]) -> bool:
    return all(each.limit_seconds is None or each.seconds <= each.limit_seconds for each in found)


def _time(seconds: float) -> str:
    if seconds >= 10:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


def _limit(each: Measured) -> str:
    return "" if each.limit_seconds is None else _time(each.limit_seconds)


def _share(each: Measured) -> str:
    return "" if each.limit_seconds is None else f"{each.seconds / each.limit_seconds:.2f}"
