"""A socket under one total wall-clock deadline, and under a cap on what it will take in.

A read timeout alone is renewed by every byte: a server that drips one byte a second holds a worker
for ever. Here each operation gets only what is left until the deadline.
"""

import io
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class WireLimit(Exception):
    """More bytes arrived than any honest answer needs."""


class DeadlineExceeded(TimeoutError):
    """The total time is up."""


def remaining_seconds(deadline: float) -> float:
    """Seconds left until `deadline` on the monotonic clock; raises DeadlineExceeded."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise DeadlineExceeded
    return left


class _BoundedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, *, deadline: float, limit_bytes: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self._left_bytes = limit_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._sock.settimeout(remaining_seconds(self._deadline))
        received = self._sock.recv_into(buffer)
        self._left_bytes -= received
        if self._left_bytes < 0:
            raise WireLimit
        return received


class DeadlineSocket:
    """What http.client needs of a socket, bounded in time and in bytes."""

    def __init__(self, sock: socket.socket, *, deadline: float, limit_bytes: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self._limit_bytes = limit_bytes

    def send_all(self, data: bytes) -> None:
        """Send everything before the deadline; a failure leaves open how much was sent."""
        view = memoryview(data)
        while view:
            self._sock.settimeout(remaining_seconds(self._deadline))
            view = view[self._sock.send(view) :]

    def makefile(self, mode: str = "rb") -> io.BufferedReader:
        """The reading side for http.client.HTTPResponse."""
        if mode != "rb":
            raise ValueError(mode)
        reader = _BoundedReader(self._sock, deadline=self._deadline, limit_bytes=self._limit_bytes)
        return io.BufferedReader(reader)
