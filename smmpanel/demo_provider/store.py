"""The demo provider's own memory: one SQLite file that outlives its process."""

import json
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smmpanel.demo_provider.life import Order

FIRST_ORDER = 23_501
SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    service INTEGER NOT NULL,
    link TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    created_at REAL NOT NULL,
    stopped_at REAL,
    report TEXT,
    runs INTEGER NOT NULL DEFAULT 1,
    parent INTEGER,
    fields TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS refills (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    order_number INTEGER NOT NULL REFERENCES orders (number),
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS clock (advanced_seconds REAL NOT NULL);
"""
ORDER_COLUMNS = "number, service, link, quantity, created_at, stopped_at, runs, parent"
# A store of an earlier version of this program gets what it lacks.
ADDED = {
    "runs": "INTEGER NOT NULL DEFAULT 1",
    "parent": "INTEGER",
    "fields": "TEXT NOT NULL DEFAULT '{}'",
}


class Store:
    """Orders, refills and the clock; every method is safe to call from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # The file must survive a killed process, not a power failure.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        there = {row[1] for row in self._rows("PRAGMA table_info(orders)")}
        for name in ADDED.keys() - there:
            self._run(f"ALTER TABLE orders ADD COLUMN {name} {ADDED[name]}")
        if not self._rows("SELECT 1 FROM clock"):
            self._run("INSERT INTO clock VALUES (0)")
            self._run("INSERT INTO sqlite_sequence VALUES ('orders', ?)", FIRST_ORDER - 1)

    def close(self) -> None:
        """Close the file; calls still running fail instead of writing later."""
        with self._lock:
            self._db.close()

    def now(self) -> float:
        """Unix time plus everything the clock was advanced by."""
        return time.time() + float(self._rows("SELECT advanced_seconds FROM clock")[0][0])

    def advance(self, seconds: float) -> None:
        """Move the clock; orders live by it."""
        self._run("UPDATE clock SET advanced_seconds = advanced_seconds + ?", seconds)

    def reset(self) -> None:
        """Forget orders, refills and the clock; numbers are never given twice all the same."""
        for statement in ("DELETE FROM refills", "DELETE FROM orders"):
            self._run(statement)
        self._run("UPDATE clock SET advanced_seconds = 0")

    def create_order(
        self,
        *,
        service: int,
        link: str,
        quantity: int,
        runs: int = 1,
        fields: Mapping[str, str] | None = None,
    ) -> int:
        """Store a new order with the parameters of its type, and return its number."""
        return self._run(
            "INSERT INTO orders (service, link, quantity, created_at, runs, fields)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            service,
            link,
            quantity,
            self.now(),
            runs,
            json.dumps(dict(fields or {})),
        )

    def fields_of(self, number: int) -> dict[str, str]:
        """The parameters that an order came with."""
        rows = self._rows("SELECT fields FROM orders WHERE number = ?", number)
        return dict(json.loads(rows[0][0])) if rows else {}

    def posts_of(self, number: int) -> list[Order]:
        """The orders that a subscription has made so far, oldest first."""
        rows = self._rows(
            f"SELECT {ORDER_COLUMNS} FROM orders WHERE parent = ? ORDER BY number", number
        )
        return [Order(*row) for row in rows]

    def create_posts(self, parent: Order, wanted: Sequence[tuple[str, int, float]]) -> None:
        """Store what a subscription lacks of (link, quantity, created_at), each once."""
        with self._lock:
            held = self._db.execute("SELECT count(*) FROM orders WHERE parent = ?", [parent.number])
            made = held.fetchone()[0]
            for link, quantity, created_at in wanted[made:]:
                self._db.execute(
                    "INSERT INTO orders (service, link, quantity, created_at, parent)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (parent.service, link, quantity, created_at, parent.number),
                )

    def order(self, number: int) -> Order | None:
        """One order, or None."""
        rows = self._rows(f"SELECT {ORDER_COLUMNS} FROM orders WHERE number = ?", number)
        return Order(*rows[0]) if rows else None

    def orders(self) -> list[Order]:
        """All orders by number."""
        return [
            Order(*row) for row in self._rows(f"SELECT {ORDER_COLUMNS} FROM orders ORDER BY number")
        ]

    def counts(self) -> dict[str, int]:
        """How many orders each link has."""
        return dict(self._rows("SELECT link, count(*) FROM orders GROUP BY link ORDER BY link"))

    def stop_order(self, number: int) -> None:
        """Remember a cancel request; the first one counts."""
        self._run(
            "UPDATE orders SET stopped_at = coalesce(stopped_at, ?) WHERE number = ?",
            self.now(),
            number,
        )

    def report(self, number: int) -> str | None:
        """The report forced on an order, as JSON text: null to leave it out."""
        rows = self._rows("SELECT report FROM orders WHERE number = ?", number)
        return None if not rows or rows[0][0] is None else str(rows[0][0])

    def set_report(self, number: int, text: str | None) -> None:
        """Force a report on an order, verbatim; None lets the order speak for itself again."""
        self._run("UPDATE orders SET report = ? WHERE number = ?", text, number)

    def create_refill(self, order_number: int) -> int:
        """Store a refill and return its number."""
        return self._run(
            "INSERT INTO refills (order_number, created_at) VALUES (?, ?)",
            order_number,
            self.now(),
        )

    def refill_age_seconds(self, number: int) -> float | None:
        """How long ago a refill was asked for, or None."""
        rows = self._rows("SELECT created_at FROM refills WHERE number = ?", number)
        return self.now() - float(rows[0][0]) if rows else None

    def _run(self, statement: str, *values: object) -> int:
        with self._lock:
            return self._db.execute(statement, values).lastrowid or 0

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()
