"""The gateway's memory: one SQLite file that outlives its process."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Body = dict[str, Any]
SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    object TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_of_a_kind ON objects (object, seq);
CREATE TABLE IF NOT EXISTS keys (
    name TEXT PRIMARY KEY, asked TEXT NOT NULL, answer TEXT NOT NULL, created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS timers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    due_at REAL NOT NULL, act TEXT NOT NULL, id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL, due_at REAL NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """Objects by id, saved answers, timers and settings; safe to call from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # The file must survive a killed process, not a power failure.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file; calls still running fail instead of writing later."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one at a time."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside a transaction: undo this part alone when it fails."""
        self._db.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO part")
            raise
        finally:
            self._db.execute("RELEASE part")

    def now(self) -> float:
        """Unix time plus everything the clock was advanced by."""
        return time.time() + float(self.setting("advanced_seconds", 0.0))

    def reset(self) -> None:
        """Forget everything; ids are random, so none is given twice."""
        for statement in (
            "DELETE FROM objects",
            "DELETE FROM keys",
            "DELETE FROM timers",
            "DELETE FROM deliveries",
            "DELETE FROM settings",
        ):
            self.run(statement)

    def setting(self, name: str, default: Any) -> Any:
        """One remembered switch."""
        rows = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return json.loads(rows[0][0]) if rows else default

    def remember(self, name: str, value: object) -> None:
        """Set one switch."""
        self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    def put(self, body: Body) -> None:
        """Add an object, or write one again at its old place."""
        self.run(
            "INSERT INTO objects (id, object, body) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            body["id"],
            body["object"],
            json.dumps(body),
        )

    def find(self, name: str) -> Body | None:
        """The object with this id, or None."""
        rows = self.rows("SELECT body FROM objects WHERE id = ?", name)
        return json.loads(rows[0][0]) if rows else None

    def newest_first(self, kind: str) -> list[Body]:
        """All objects of a kind."""
        with self._lock:
            return list(self.older(kind, None))

    def older(self, kind: str, name: str | None) -> Iterator[Body]:
        """Objects of a kind made before that one, the nearest first; all when there is none."""
        return self._beside(
            "SELECT body FROM objects WHERE object = ?1 AND"
            " (?2 IS NULL OR seq < (SELECT seq FROM objects WHERE id = ?2)) ORDER BY seq DESC",
            kind,
            name,
        )

    def newer(self, kind: str, name: str) -> Iterator[Body]:
        """Objects of a kind made after that one, the nearest first."""
        return self._beside(
            "SELECT body FROM objects WHERE object = ?1 AND"
            " seq > (SELECT seq FROM objects WHERE id = ?2) ORDER BY seq",
            kind,
            name,
        )

    def _beside(self, statement: str, kind: str, name: str | None) -> Iterator[Body]:
        for row in self._db.execute(statement, (kind, name)):
            yield json.loads(row[0])

    def schedule(self, act: str, name: str, *, due_at: float) -> None:
        """Do something to an object later, by the gateway's own clock."""
        self.run("INSERT INTO timers (due_at, act, id) VALUES (?, ?, ?)", due_at, act, name)

    def take_due(self) -> tuple[str, str] | None:
        """The act and the object of the first timer that is due, once."""
        rows = self.rows(
            "SELECT number, act, id FROM timers WHERE due_at <= ? ORDER BY due_at, number LIMIT 1",
            self.now(),
        )
        if not rows:
            return None
        self.run("DELETE FROM timers WHERE number = ?", rows[0][0])
        return rows[0][1], rows[0][2]

    def has_due(self) -> bool:
        """Whether a timer waits to be run."""
        return bool(self.rows("SELECT 1 FROM timers WHERE due_at <= ? LIMIT 1", self.now()))

    def run(self, statement: str, *values: object) -> int:
        """Write; the number of the row."""
        with self._lock:
            return self._db.execute(statement, values).lastrowid or 0

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Read."""
        with self._lock:
            return self._db.execute(statement, values).fetchall()
