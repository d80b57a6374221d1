"""The HTTP side of the demo provider: one thread per connection, keep-alive, API and control."""

import hmac
import json
import logging
import re
import socket
import struct
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from smmpanel.demo_provider.control import PREFIX, Control, Received
from smmpanel.demo_provider.faults import LATENCY, NEVER_GIVEN, Fault, Manner, Reply, Stage, spoil
from smmpanel.demo_provider.hearing import Heard, Tongue, understood
from smmpanel.demo_provider.tongues import TONGUES, spoken

API_PATHS = {"/api/v2", "/api/v2/"}
FOREIGN_PATH = re.compile(r"/as/(?P<tongue>[a-z0-9_]+)/api/v2/?(?P<action>[\w/]*)", re.ASCII)
CONTROL_HEADER = "X-Control-Key"
LONGEST_BODY = 1024 * 1024
QUIET_ACTIONS = {"status", "balance"}
LOGGED_BYTES = 60
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

log = logging.getLogger("demo_provider")


class DemoServer(ThreadingHTTPServer):
    """Bound and listening once constructed; `serve_forever` answers."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, *, port: int, key: str, control: Control) -> None:
        self.key = key
        self.control = control
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""
        error = sys.exception()
        if not isinstance(error, OSError):
            log.error("request failed", exc_info=error)


class _Handler(BaseHTTPRequestHandler):
    server: DemoServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LONGEST_BODY:
            self.close_connection = True
            self._send(Reply(status=413))
            return
        self._handle(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """The query of a request line may hold a key: calls are logged by `_api` instead."""

    def _handle(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith(PREFIX):
            self._send(self._control(parts.path.removeprefix(PREFIX), body))
        elif parts.path in API_PATHS:
            self._send(self._api(self._fields(parts.query, body)))
        elif foreign := FOREIGN_PATH.fullmatch(parts.path):
            heard = Heard(self.command, foreign["action"], parts.query, dict(self.headers), body)
            self._send(self._foreign(TONGUES.get(foreign["tongue"]), heard))
        else:
            self._send(Reply(status=404))

    def _foreign(self, tongue: Tongue | None, heard: Heard) -> Reply:
        """Another kind of provider over the same orders."""
        if tongue is None:
            return Reply(status=404)
        try:
            fields = understood(tongue, heard, key=self.server.key)
        except ValueError:
            return Reply(status=400, body=b'{"error": "Incorrect request"}')
        if fields is None:
            return Reply(status=405)
        reply = self._api(fields)
        if reply.status != HTTPStatus.OK or reply.manner is not Manner.WHOLE:
            return reply
        return replace(reply, body=spoken(tongue, fields["action"], reply.body))

    def _fields(self, query: str, body: bytes) -> dict[str, str]:
        fields = dict(parse_qsl(query, keep_blank_values=True))
        text = body.decode("utf-8", "replace")
        if "json" not in self.headers.get("Content-Type", ""):
            return fields | dict(parse_qsl(text, keep_blank_values=True))
        try:
            decoded = json.loads(text)
        except ValueError:
            return fields
        members = decoded.items() if isinstance(decoded, dict) else ()
        return fields | {name: str(value) for name, value in members}

    def _control(self, name: str, body: bytes) -> Reply:
        if not _is_same(self.headers.get(CONTROL_HEADER, ""), self.server.key):
            return Reply(status=403)
        try:
            answer = self.server.control.answer(method=self.command, name=name, body=body)
        except (LookupError, TypeError, ValueError) as error:
            return Reply(status=400, body=json.dumps({"error": str(error)}).encode())
        return Reply(body=json.dumps(answer).encode())

    def _api(self, fields: Mapping[str, str]) -> Reply:
        control = self.server.control
        control.received.append(Received(self.command, self.path, dict(self.headers), fields))
        if not _is_same(fields.get("key", ""), self.server.key):
            return Reply(body=b'{"error": "Invalid API key"}')
        action = fields.get("action", "").lower()
        fault = control.faults.take(action=action, link=fields.get("link", ""))
        reply = self._misbehave(fault, fields) if fault else self._behave(fields)
        if fault or action not in QUIET_ACTIONS:
            spoilt = f" ({fault.kind}, {fault.stage} the act)" if fault else ""
            start = reply.body[:LOGGED_BYTES].decode("utf-8", "replace")
            log.info("%s -> %d %s%s", action, reply.status, start, spoilt)
        return reply

    def _behave(self, fields: Mapping[str, str]) -> Reply:
        return Reply(body=self.server.control.panel.answer(fields).encode())

    def _misbehave(self, fault: Fault, fields: Mapping[str, str]) -> Reply:
        is_late = fault.kind == LATENCY
        if is_late and fault.stage is Stage.BEFORE:
            time.sleep(fault.seconds)
        is_carried_out = is_late or fault.stage is Stage.AFTER
        right = self.server.control.panel.answer(fields) if is_carried_out else "{}"
        if is_late and fault.stage is Stage.AFTER:
            time.sleep(fault.seconds)
        answer = json.loads(right)
        named = answer.get("order") if isinstance(answer, dict) else None
        return spoil(fault, right=right, number=named or NEVER_GIVEN)

    def _send(self, reply: Reply) -> None:
        if reply.manner is Manner.RESET:
            self._reset()
            return
        is_cut = reply.manner is Manner.TRUNCATED
        headers = {"Content-Type": "application/json", **reply.headers}
        headers["Content-Length"] = str(len(reply.body) + is_cut)
        if is_cut:
            self.close_connection = True
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if reply.manner is Manner.DRIPPED:
            self.wfile.write(head)
            self._drip(reply)
        else:
            self.wfile.write(head + reply.body)

    def _drip(self, reply: Reply) -> None:
        for byte in reply.body:
            time.sleep(reply.pause_seconds)
            self.wfile.write(bytes([byte]))

    def _reset(self) -> None:
        """Close so that the other side sees a connection reset instead of an end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.connection.close()


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unnamed"
