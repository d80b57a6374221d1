"""One POST over one fresh connection: no redirects, no retries, no proxy, no cookie, no reuse.

Before the first byte every failure is `NotSent`; after it every failure is part of the `Answer`,
because the request may have been carried out (docs/forwarding.md). A reused connection would blur
that line: a server closing it while idle looks like a lost answer.
"""

import http.client
import socket
import time
import zlib
from contextlib import closing
from dataclasses import dataclass
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


def post_form(
    target: Target, *, form: bytes, limits: Limits, send_not_after: float | None = None
) -> Answer:
    """POST an encoded form; raises NotSent, returns whatever happened after the first byte.

    `send_not_after` is an instant of time.monotonic(): past it nothing is sent, NotSent("fence").
    """
    deadline = time.monotonic() + limits.deadline_seconds
    sock = open_connection(
        target, deadline=deadline, connect_timeout_seconds=limits.connect_timeout_seconds
    )
    request = _request_head(target, len(form)) + form
    with closing(sock):
        _check_clocks(deadline=deadline, send_not_after=send_not_after)
        return _exchange(sock, request, deadline=deadline, body_limit_bytes=limits.body_bytes)


def _request_head(target: Target, length: int) -> bytes:
    return (
        f"POST {target.path} HTTP/1.1\r\n"
        f"Host: {target.authority}\r\n"
        "User-Agent: Mozilla/5.0 (compatible)\r\n"
        "Accept: application/json\r\n"
        "Accept-Encoding: gzip\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {length}\r\n"
        "Connection: close\r\n\r\n"
    ).encode("ascii")


def _check_clocks(*, deadline: float, send_not_after: float | None) -> None:
    now = time.monotonic()
    if send_not_after is not None and now > send_not_after:
        raise NotSent("fence")
    if now >= deadline:
        raise NotSent("deadline")


def _exchange(
    sock: socket.socket, request: bytes, *, deadline: float, body_limit_bytes: int
) -> Answer:
    wire = DeadlineSocket(
        sock, deadline=deadline, limit_bytes=body_limit_bytes + HEADERS_LIMIT_BYTES
    )
    try:
        wire.send_all(request)
    except OSError as error:
        return Answer(status=0, fault=_fault_name(error))
    # HTTPResponse asks nothing of its socket but makefile.
    with closing(http.client.HTTPResponse(cast("socket.socket", wire), method="POST")) as response:
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
