"""Calls a web server from many connections at once, in a process of its own.

Reads a plan from its standard input, and writes what came of it as JSON: how many calls a second
were answered as they should, how long they took, and the first that was answered otherwise. One
thread and plain sockets that stay open: it must cost little beside what it measures.
"""

from __future__ import annotations

import json
import random
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = b"content-length: "
_CHUNK = 1 << 16
_KEPT = 1 << 14


@dataclass(frozen=True, slots=True)
class Plan:
    """`request` is one whole request in which `{one}` stands for one of `choices`, `{number}` for a
    number that is new in each and `{address}` for an address of the choice's own; `expected`
    stands in the answer of one that went well."""

    port: int
    connections: int
    seconds: float
    request: str
    expected: str
    choices: Sequence[str]
    first_number: int
    warm_up_seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """`accepted` counts also what was answered while nobody measured yet."""

    per_second: float
    accepted: int
    latencies_ms: Sequence[float]
    bytes_received: int
    failed: int = 0
    sample_of_failure: str = ""

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies_ms)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    read: int = 0
    # Bytes of the whole answer, as soon as its head says so.
    whole: int = -1
    flags: int = 0


def run(plan: Plan) -> Outcome:
    """Carries out the plan in another process."""
    told = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(plan)).encode(),
        check=True,
        stdout=subprocess.PIPE,
    )
    return Outcome(**json.loads(told.stdout))


class _Load:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.draw = random.Random(plan.first_number)  # noqa: S311 - nobody's secret
        self.number = plan.first_number
        self.expected = plan.expected.encode()
        self.poll = select.epoll()
        self.chunk = memoryview(bytearray(_CHUNK))
        self.connections: dict[int, _Connection] = {}
        self.latencies: list[float] = []
        self.accepted = self.failed = self.bytes_received = 0
        self.sample = ""

    def carry_out(self) -> Outcome:
        for _number in range(self.plan.connections):
            self._open()
        starts_at = time.perf_counter() + self.plan.warm_up_seconds
        ends_at = starts_at + self.plan.seconds
        for connection in self.connections.values():
            self._send(connection)
        waiting = len(self.connections)
        while waiting:
            for number, _event in self.poll.poll():
                connection = self.connections[number]
                if not self._is_answered(connection):
                    continue
                now = time.perf_counter()
                self._note(connection, now, is_counted=starts_at <= now < ends_at)
                if now < ends_at:
                    self._send(connection)
                else:
                    waiting -= 1
        return Outcome(
            per_second=len(self.latencies) / self.plan.seconds,
            accepted=self.accepted,
            latencies_ms=self.latencies,
            bytes_received=self.bytes_received,
            failed=self.failed,
            sample_of_failure=self.sample,
        )

    def _open(self) -> None:
        opened = socket.create_connection(("127.0.0.1", self.plan.port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.poll.register(opened.fileno(), select.EPOLLIN)
        self.connections[opened.fileno()] = _Connection(opened)

    def _send(self, connection: _Connection) -> None:
        self.number += 1
        place = self.draw.randrange(len(self.plan.choices))
        text = self.plan.request.replace("{one}", self.plan.choices[place])
        text = text.replace("{number}", str(self.number))
        text = text.replace("{address}", f"10.0.{place >> 8}.{place & 255}")
        head, _ends, body = text.partition("\r\n\r\n")
        if body:
            head += f"\r\nContent-Length: {len(body)}"
        connection.received.clear()
        connection.read, connection.whole, connection.flags = 0, -1, 0
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(f"{head}\r\n\r\n{body}".encode())

    def _is_answered(self, connection: _Connection) -> bool:
        read = connection.socket.recv_into(self.chunk, flags=connection.flags)
        if not read:
            raise SystemExit("the server hung up")
        connection.read += read
        if not connection.flags:
            connection.received += self.chunk[:read]
        if connection.whole < 0:
            end = connection.received.find(_HEAD_ENDS)
            if end < 0:
                return False
            length = _length(bytes(connection.received[:end]).lower())
            connection.whole = end + len(_HEAD_ENDS) + length
        # Of a long answer the rest is counted where it lies: to copy it is work of a reader who
        # would be on another machine.
        connection.flags = socket.MSG_TRUNC if len(connection.received) >= _KEPT else 0
        return connection.read >= connection.whole

    def _note(self, connection: _Connection, now: float, *, is_counted: bool) -> None:
        is_expected = self.expected in connection.received
        self.accepted += is_expected
        self.bytes_received += connection.read
        if not is_expected:
            self.failed += 1
            self.sample = self.sample or connection.received[:2000].decode(errors="replace")
        elif is_counted:
            self.latencies.append((now - connection.sent_at) * 1000)


def _length(head: bytes) -> int:
    place = head.find(_LENGTH)
    return int(head[place + len(_LENGTH) :].split(b"\r\n", 1)[0]) if place >= 0 else 0


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_Load(Plan(**json.load(sys.stdin))).carry_out())))
