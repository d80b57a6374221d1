"""Text that goes into a CSV file. A spreadsheet runs a cell that begins like a formula, whoever
wrote the words in it, so such a cell gets an apostrophe before it (S-06)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

# Spreadsheets look past blanks and quotes, and take full-width signs for the plain ones.
_SKIPPED = " '\"\u00a0\u3000"
_STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")


def text_cell(text: str) -> str:
    """The text, made harmless. Numbers of our own do not pass through here and stay numbers."""
    seen = text.lstrip(_SKIPPED)
    return f"'{text}" if seen[:1] in _STARTS and seen else text


def cell_text(cell: str) -> str:
    """What `text_cell` made harmless, as it was."""
    return cell[1:] if cell.startswith("'") and text_cell(cell[1:]) == cell else cell


class _Echo:
    """Gives csv's rows back instead of keeping them."""

    def write(self, row: str) -> str:
        return row


def csv_rows(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of a CSV file, one by one."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow(row)
