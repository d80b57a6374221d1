"""How long a price list of 10,000 services takes from the call to the preview and from the tick to
the shop, and how much memory: in a process of its own, which is what a worker is when it is idle.

The list comes from a server on loopback. First all of it is new; then everybody has a service of
each, priced by a rule, and every line of the list differs in its cost, limits, flags and name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer

from bench.books import Measured
from bench.report import Section, is_kept, table

SERVICES = 10_000
PREVIEW_SECONDS = 10.0
APPLY_SECONDS = 5.0
MOST_MEGABYTES = 200.0


@dataclass(frozen=True, slots=True)
class Rounds:
    """Seconds from the fetch to the preview and of applying all of it, of each of the two lists,
    and the megabytes that the process ever had above what it has when idle."""

    preview_seconds: list[float]
    apply_seconds: list[float]
    megabytes: float

    def times(self) -> list[Measured]:
        words = ("all of it new", "all of it changed, and on sale")
        return [
            Measured(f"{what}, {which}", seconds, limit)
            for what, taken, limit in (
                ("from the call to the preview", self.preview_seconds, PREVIEW_SECONDS),
                ("applied", self.apply_seconds, APPLY_SECONDS),
            )
            for which, seconds in zip(words, taken, strict=True)
        ]

    @property
    def is_kept(self) -> bool:
        return is_kept(self.times()) and self.megabytes <= MOST_MEGABYTES

    def section(self) -> Section:
        """For docs/performance.md."""
        words = (
            f"{SERVICES:,} services of one provider, read from a server on loopback by a process of"
            " its own: first all\nare new; then each is on sale, priced by a rule, and differs in"
            " cost, limits, flags and name. The\nprocess never had more than"
            f" {self.megabytes:.0f} MB above what it has when idle; {MOST_MEGABYTES:.0f} are"
            " promised."
        )
        return Section("Price lists", words, table(self.times()))


def measure() -> Rounds:
    """On a server of this run; nothing of it is left in this process."""
    with _provider() as host:
        environ = os.environ | {"PROVIDER_DEV_HOSTS": host}
        told = subprocess.run(  # noqa: S603 - this very interpreter
            [sys.executable, "-m", "bench.sync_work", f"http://{host}/api/v2"],
            env=environ,
            check=True,
            stdout=subprocess.PIPE,
        )
    return Rounds(**json.loads(told.stdout))


@contextmanager
def _provider() -> Iterator[str]:
    """The second answer differs in every line from the first."""
    bodies = [_price_list(dearer=False), _price_list(dearer=True)]

    class Provider(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = bodies.pop(0)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _price_list(*, dearer: bool) -> bytes:
    lines = [
        {
            "service": number,
            "name": f"🔥 Platform A  Followers {number} | 30 days refill | {'new' * dearer}",
            "category": f"Platform A ⭐ Followers {number % 300}",
            "type": "Default",
            "rate": f"{1 + number / 1000 * (1.1 if dearer else 1):.4f}",
            "min": 20 if dearer else 10,
            "max": 90_000 if dearer else 100_000,
            "refill": not dearer,
            "cancel": True,
            "dripfeed": number % 2 == 0,
            "desc": f"Starts within an hour, {number} a day. Quality: mixed. " * 3,
        }
        for number in range(1, SERVICES + 1)
    ]
    return json.dumps(lines).encode()
