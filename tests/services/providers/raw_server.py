"""A TCP listener that keeps no rule of HTTP: it records what arrives and plays one script."""

import socket
import threading
from collections.abc import Callable
from typing import Self

Script = Callable[[socket.socket, threading.Event], None]


def answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole HTTP answer."""
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


def saying(data: bytes) -> Script:
    """Send these bytes and close."""
    return lambda connection, _: connection.sendall(data)


def dripping(data: bytes, *, seconds_per_byte: float) -> Script:
    """Send byte by byte until the data or the patience of the other side ends."""

    def script(connection: socket.socket, stopping: threading.Event) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            if stopping.wait(seconds_per_byte):
                return

    return script


def silent(connection: socket.socket, stopping: threading.Event) -> None:
    """Say nothing until the test ends."""
    stopping.wait()


class RawServer:
    """`connections` counts who came, `requests` holds what each of them sent."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections = 0
        self.requests: list[bytes] = []
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}/api/v2"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.requests.append(_read_request(connection))
                self.script(connection, self._stopping)
            except OSError:
                return


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return received
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    _, _, told = head.lower().partition(b"content-length:")
    length = int(told.split(b"\r\n")[0] or 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
