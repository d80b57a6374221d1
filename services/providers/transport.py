"""One request over one fresh connection: no redirects, no retries, no proxy, no cookie, no reuse.

Before the first byte every failure is `NotSent`; after it every failure is part of the `Answer`,
because the request may have been carried out (docs/forwarding.md). A reused connection would blur
that line: a server closing it while idle looks like a lost answer.
"""

import http.client
import socket
import time
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import cast

from services.providers.answers import Answer
from services.providers.connecting import open_connection
from services.providers.errors import NotSent
from services.providers.guard import Target
from services.providers.wire import DeadlineSocket, WireLimit

HEADERS_LIMIT_BYTES = 256 * 1024
CHUNK_BYTES = 64 * 1024
WIRE_ERRORS = (OSError, http.client.HTTPException, ValueError, WireLimit, zlib.error)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of one exchange: total seconds, seconds per connection attempt, bytes of decoded body."""

    deadline_seconds: float
    connect_timeout_seconds: float
    body_bytes: int


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is about to be sent. Any of it may hold the key: it is never printed.

    `path` is ASCII from its first slash to the end of the query, `headers` come beside the
    constant ones.
    """

    method: str
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


def exchange(
    target: Target, *, request: Request, limits: Limits, send_not_after: float | None = None
) -> Answer:
    """Send it once; raises NotSent, returns whatever happened after the first byte.

    `send_not_after` is an instant of time.monotonic(): past it nothing is sent, NotSent("fence").
    """
    deadline = time.monotonic() + limits.deadline_seconds
    sock = open_connection(
        target, deadline=deadline, connect_timeout_seconds=limits.connect_timeout_seconds
    )
    with closing(sock):
        _check_clocks(deadline=deadline, send_not_after=send_not_after)
        return _exchange(
            sock, request, target=target, deadline=deadline, body_limit_bytes=limits.body_bytes
        )


def _encoded(target: Target, request: Request) -> bytes:
    headers = {
        "Host": target.authority,
        "User-Agent": "Mozilla/5.0 (compatible)",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        **request.headers,
        "Connection": "close",
    }
    if request.method != "GET":
        headers["Content-Length"] = str(len(request.body))
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + request.body


def _check_clocks(*, deadline: float, send_not_after: float | None) -> None:
    now = time.monotonic()
    if send_not_after is not None and now > send_not_after:
        raise NotSent("fence")
    if now >= deadline:
        raise NotSent("deadline")


def _exchange(
    sock: socket.socket,
    request: Request,
    *,
    target: Target,
    deadline: float,
    body_limit_bytes: int,
) -> Answer:
    wire = DeadlineSocket(
        sock, deadline=deadline, limit_bytes=body_limit_bytes + HEADERS_LIMIT_BYTES
    )
    try:
        wire.send_all(_encoded(target, request))
    except OSError as error:
        return Answer(status=0, fault=_fault_name(error))
    # HTTPResponse asks nothing of its socket but makefile.
    incoming = cast("socket.socket", wire)
    with closing(http.client.HTTPResponse(incoming, method=request.method)) as response:
        return _receive(response, body_limit_bytes=body_limit_bytes)


def _receive(response: http.client.HTTPResponse, *, body_limit_bytes: int) -> Answer:
    body = bytearray()
    try:
        response.begin()
    except WIRE_ERRORS as error:
        return Answer(status=0, fault=_fault_name(error))
    try:
        fault = _read_body(response, body, limit_bytes=body_limit_bytes)
    except WIRE_ERRORS as error:
        fault = _fault_name(error)
    return Answer(
        status=response.status,
        body=bytes(body[:body_limit_bytes]),
        fault=fault,
        retry_after_seconds=retry_after_seconds(response.getheader("Retry-After"), now=time.time()),
    )


def _read_body(
    response: http.client.HTTPResponse, body: bytearray, *, limit_bytes: int
) -> str | None:
    """Fill `body` with the decoded bytes; returns what is wrong with it, or None."""
    encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        return "encoding"
    inflating = None if encoding == "identity" else zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    while chunk := response.read(CHUNK_BYTES):
        if inflating is not None:
            chunk = inflating.decompress(chunk, limit_bytes + 1 - len(body))
        body += chunk
        if len(body) > limit_bytes:
            return "too_large"
    if response.length or (inflating is not None and not inflating.eof):
        return "truncated"
    return "encoding" if inflating is not None and inflating.unused_data else None


def _fault_name(error: Exception) -> str:
    names = (
        (TimeoutError, "deadline"),
        (WireLimit, "too_large"),
        (OSError, "reset"),
        (http.client.IncompleteRead, "truncated"),
        (zlib.error, "encoding"),
    )
    return next((name for kind, name in names if isinstance(error, kind)), "malformed_http")


def retry_after_seconds(header: str | None, *, now: float) -> int | None:
    """The Retry-After header, seconds or a date, as seconds from `now` (Unix time)."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        return int(parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
