"""The HTTP side: one thread per connection, on loopback only; API, pages and control."""

import hmac
import json
import logging
import socket
import struct
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from smmpanel.fake_stripe import faults, page
from smmpanel.fake_stripe.account import API_VERSION, Account
from smmpanel.fake_stripe.api import Api, Call, request_id
from smmpanel.fake_stripe.control import PREFIX, Control, Received, refusal
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.faults import Fault, Kind, Stage
from smmpanel.fake_stripe.keys import Answer
from smmpanel.fake_stripe.reply import Reply

API_PREFIX = "/v1/"
CONTROL_HEADER = "X-Control-Key"
LONGEST_BODY = 1024 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

log = logging.getLogger("fake_stripe")


class StripeServer(ThreadingHTTPServer):
    """Bound and listening once constructed; `serve_forever` answers."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, *, port: int, key: str, account: Account, control: Control) -> None:
        self.key = key
        self.account = account
        self.api = Api(account, key=key)
        self.control = control
        super().__init__(("127.0.0.1", port), _Handler)
        account.base_url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""
        error = sys.exception()
        if not isinstance(error, OSError):
            log.error("request failed", exc_info=error)


class _Handler(BaseHTTPRequestHandler):
    server: StripeServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        self._handle(b"")

    def do_DELETE(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LONGEST_BODY:
            self.close_connection = True
            self._send(Reply(status=413))
            return
        self._handle(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Calls are logged by `_api` instead, without their parameters."""

    def _handle(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith(API_PREFIX):
            self._send(self._api(parts.path, parts.query, body.decode("utf-8", "replace")))
        elif parts.path.startswith(PREFIX):
            self._send(self._control(parts.path.removeprefix(PREFIX), body))
        else:
            self._send(self._page(parts.path, body))

    def _api(self, path: str, query: str, body: str) -> Reply:
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, path, query, headers, body, request_id())
        fault = self.server.control.faults.take(call.route)
        reply = self._misbehave(fault, call) if fault else self._behave(call)
        status = 0 if reply.is_lost else reply.status
        received = Received(call.method, path, call.key, body or query, status)
        self.server.control.received.append(received)
        log.info("%s -> %d%s", call.route, status, f" ({fault.kind})" if fault else "")
        return reply

    def _behave(self, call: Call) -> Reply:
        return _told(call, self.server.api.answer(call))

    def _misbehave(self, fault: Fault, call: Call) -> Reply:
        instead = faults.ANSWERS.get(fault.kind)
        if fault.kind is Kind.LATENCY and fault.stage is Stage.BEFORE:
            time.sleep(fault.seconds)
        if fault.stage is Stage.AFTER or fault.kind is Kind.LATENCY:
            reply = _told(call, self.server.api.answer(call, instead=instead))
        elif instead:
            reply = _told(call, Answer(status=instead.status, body={"error": instead.error}))
        else:
            reply = Reply()
        if fault.kind is Kind.LATENCY and fault.stage is Stage.AFTER:
            time.sleep(fault.seconds)
        return Reply(is_lost=True) if fault.kind is Kind.DROP else reply

    def _control(self, name: str, body: bytes) -> Reply:
        if not _is_same(self.headers.get(CONTROL_HEADER, ""), self.server.key):
            return Reply(status=403)
        try:
            told = self.server.control.answer(method=self.command, name=name, body=body)
        except (LookupError, TypeError, ValueError, Refused) as error:
            return _json(400, refusal(error))
        return _json(200, {"ok": True} if told is None else told)

    def _page(self, path: str, body: bytes) -> Reply:
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        try:
            return page.answer(self.server.account, method=self.command, path=path, form=form)
        except Refused as refused:
            headers = {"Content-Type": "text/plain; charset=utf-8"}
            return Reply(status=refused.status, body=str(refused).encode(), headers=headers)

    def _send(self, reply: Reply) -> None:
        if reply.is_lost:
            self._reset()
            return
        headers = {**reply.headers, "Content-Length": str(len(reply.body))}
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + reply.body)

    def _reset(self) -> None:
        """Close so that the other side sees a connection reset instead of an end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.connection.close()


def _told(call: Call, answer: Answer) -> Reply:
    """The answer with the headers that the SDK reads."""
    headers = {
        "Request-Id": call.request_id,
        "Stripe-Version": call.headers.get("stripe-version", API_VERSION),
    }
    if call.key:
        headers["Idempotency-Key"] = call.key
    if answer.is_replayed:
        headers["Idempotent-Replayed"] = "true"
    return _json(answer.status, answer.body, headers)


def _json(status: int, body: object, headers: dict[str, str] | None = None) -> Reply:
    text = json.dumps(body, indent=2).encode()
    return Reply(status, text, {"Content-Type": "application/json", **(headers or {})})


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
