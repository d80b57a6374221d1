"""What a proof is: a name, and the rows that break it. None means that the invariant holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from django.db import connection

SHOWN_ROWS = 20
Row = dict[str, object]


class Proof(Protocol):
    @property
    def name(self) -> str: ...

    def offending(self) -> list[Row]:
        """At most SHOWN_ROWS rows that break it."""


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` selects the offending rows."""

    name: str
    sql: str

    def offending(self) -> list[Row]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({self.sql}) offending LIMIT %s", [SHOWN_ROWS])
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class ComputedCheck:
    """`rows` computes the offending rows: for what SQL cannot say."""

    name: str
    rows: Callable[[], Iterable[Row]]

    def offending(self) -> list[Row]:
        return list(islice(self.rows(), SHOWN_ROWS))
