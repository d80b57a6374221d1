"""One readable log of many processes: every line carries the name of who wrote it."""

import os
import sys
from threading import Lock, Thread
from typing import IO, TextIO

COLOURS = {
    "panel": 37,
    "postgres": 36,
    "valkey": 35,
    "prepare": 90,
    "provider": 91,
    "stripe": 95,
    "web": 32,
    "worker": 33,
    "beat": 34,
}
WIDTH = max(map(len, COLOURS))

KEPT_LINES = 200


class Console:
    """Writes whole lines from many threads; remembers what each process has said."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.is_coloured = self.stream.isatty() and "NO_COLOR" not in os.environ
        self.has_lost_reader = False
        self.lock = Lock()
        self.said: dict[str, list[str]] = {}

    def write(self, name: str, line: str) -> None:
        prefix = f"{name:<{WIDTH}} |"
        if self.is_coloured:
            prefix = f"\x1b[{COLOURS.get(name, 37)}m{prefix}\x1b[0m"
        with self.lock:
            self.said.setdefault(name, []).append(line)
            del self.said[name][:-KEPT_LINES]
            self._print(f"{prefix} {line}")

    def open_output(self, name: str) -> IO[bytes]:
        """A stream for a child; the caller closes it once the child has it."""
        reading, writing = os.pipe()
        Thread(target=self._pump, args=(name, os.fdopen(reading, "rb")), daemon=True).start()
        return os.fdopen(writing, "wb")

    def has_said(self, name: str, text: str) -> bool:
        with self.lock:
            return any(text in line for line in self.said.get(name, []))

    def forget(self, name: str) -> None:
        """Before a restart: what the predecessor said proves nothing about the new process."""
        with self.lock:
            self.said.pop(name, None)

    def print_box(self, lines: list[str]) -> None:
        rule = "=" * max(map(len, lines))
        with self.lock:
            self._print("\n".join(["", rule, *lines, rule, ""]))

    def _pump(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self.write(name, line.decode(errors="replace").rstrip())

    def _print(self, text: str) -> None:
        try:
            self.stream.write(f"{text}\n")
            self.stream.flush()
        except OSError:
            # The terminal is gone. Go on reading, so that no child blocks on a full pipe.
            self.has_lost_reader = True
