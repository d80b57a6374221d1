"""One deadline over everything, no redirect, no proxy, no retry; the first byte is the border."""

import gzip
import http.client
import socket
import threading
import time
from contextlib import ExitStack, closing

import pytest

from services.providers import client
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown
from services.providers.transport import retry_after_seconds
from tests.services.providers.conftest import KEY, endpoint_of
from tests.services.providers.raw_server import answer, dripping, saying, silent

ORDER = b'{"order": 23501}'
GZIPPED = gzip.compress(ORDER, mtime=0)
SLACK_SECONDS = 0.5
FIELDS = {"link": "https://platform-a.example/post/1", "quantity": "1000"}


def add(server, **options):
    return client.add(endpoint_of(server), service="101", fields=FIELDS, **options)


def unknown(server, **options):
    with pytest.raises(OutcomeUnknown) as caught:
        add(server, **options)
    assert server.connections == 1
    return caught.value


def not_sent(endpoint, **options):
    with pytest.raises(NotSent) as caught:
        client.add(endpoint, service="101", fields=FIELDS, **options)
    return caught.value.reason


@pytest.mark.parametrize(
    "data",
    [
        answer(ORDER),
        b"HTTP/1.0 200 OK\r\n\r\n" + ORDER,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n" + ORDER + b"\r\n0\r\n\r\n",
        answer(GZIPPED, headers="Content-Encoding: gzip\r\n"),
        answer(ORDER, headers="Content-Type: text/html\r\n"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(ORDER),
    ],
)
def test_an_answer_is_read_in_every_framing(raw_server, data):
    assert add(raw_server(saying(data))) == "23501"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "reset"),
        (b"HTTP/1.1 2", "malformed_http"),
        (b"SSH-2.0-Server\r\n", "malformed_http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + ORDER, "truncated"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n" + ORDER, "truncated"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "truncated"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n" + ORDER, "malformed_http"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10**6, "malformed_http"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + ORDER + b" " * 2 * 1024 * 1024, "too_large"),
        (answer(b"x", headers="Content-Encoding: br\r\n"), "encoding"),
        (answer(b"not gzip", headers="Content-Encoding: gzip\r\n"), "encoding"),
        (answer(GZIPPED[:-9], headers="Content-Encoding: gzip\r\n"), "truncated"),
        (answer(GZIPPED * 2, headers="Content-Encoding: gzip\r\n"), "encoding"),
    ],
)
def test_a_broken_answer_is_unknown(raw_server, data, reason):
    assert unknown(raw_server(saying(data))).reason == reason


def test_a_negative_chunk_cannot_lift_the_cap(raw_server):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"
    server = raw_server(saying(head + b" " * 8 * 1024 * 1024))
    assert unknown(server).reason == "too_large"


@pytest.mark.parametrize(
    "script",
    [
        silent,
        dripping(b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * 1000, seconds_per_byte=0.02),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, seconds_per_byte=0.001),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n" + ORDER + b" " * 1000, seconds_per_byte=0.01),
    ],
    ids=["silence", "dripped header", "endless 100 Continue", "dripped body"],
)
def test_the_deadline_is_total(raw_server, hasty, script):
    server = raw_server(script)
    started_at = time.monotonic()
    assert unknown(server, dialect=hasty).reason == "deadline"
    assert time.monotonic() - started_at < hasty.add_deadline_seconds + SLACK_SECONDS


def test_a_read_timeout_alone_is_outlived_by_a_dripped_answer(raw_server, hasty):
    server = raw_server(dripping(answer(ORDER), seconds_per_byte=0.02))
    started_at = time.monotonic()
    naive = http.client.HTTPConnection(server.host, timeout=hasty.add_deadline_seconds)
    with closing(naive):
        naive.request("POST", "/api/v2", body="")
        assert naive.getresponse().read() == ORDER
    assert time.monotonic() - started_at > 2 * hasty.add_deadline_seconds


def test_a_reset_after_the_request_is_unknown(raw_server):
    def reset(connection, _):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    assert unknown(raw_server(reset)).reason == "reset"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_never_followed(raw_server, status):
    elsewhere = raw_server(saying(answer(ORDER)))
    server = raw_server(
        saying(answer(b"", status=status, headers=f"Location: {elsewhere.url}\r\n"))
    )
    assert unknown(server).reason == "http_status"
    assert elsewhere.connections == 0


def test_the_proxy_of_the_environment_is_ignored(raw_server, monkeypatch):
    proxy = raw_server(saying(answer(ORDER)))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://{proxy.host}")
    monkeypatch.delenv("no_proxy", raising=False)
    assert add(raw_server(saying(answer(ORDER)))) == "23501"
    assert proxy.connections == 0


def test_the_request_is_one_post_with_the_key_in_the_body(raw_server):
    server = raw_server(saying(answer(ORDER)))
    add(server)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v2 HTTP/1.1\r\nHost: " + server.host.encode())
    assert b"canary" not in head
    assert body.startswith(b"key=canary-key%2F5f%2B0+d&action=add&service=101&link=")


def test_the_fence_stops_the_first_byte(raw_server):
    server = raw_server(saying(answer(ORDER)))
    reason = not_sent(endpoint_of(server), send_not_after=time.monotonic() - 0.001)
    assert reason == "fence"
    assert server.requests in ([], [b""])


def test_the_fence_holds_when_the_connection_was_slow(raw_server, monkeypatch):
    server, real = raw_server(saying(answer(ORDER))), socket.getaddrinfo
    send_not_after = time.monotonic() + 0.05

    def slow(*asked, **options):
        threading.Event().wait(0.1)
        return real(*asked, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    assert not_sent(endpoint_of(server), send_not_after=send_not_after) == "fence"
    assert server.requests in ([], [b""])


def test_a_fence_in_the_future_lets_the_request_pass(raw_server):
    server = raw_server(saying(answer(ORDER)))
    assert add(server, send_not_after=time.monotonic() + 10) == "23501"


def test_a_closed_port_is_not_sent(raw_server):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
    closed = client.Endpoint(url=f"http://{host}/", key=KEY, dev_hosts=frozenset({host}))
    assert not_sent(closed) == "connect"


def test_a_connect_timeout_is_not_sent(hasty):
    with ExitStack() as stack:
        listener = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0), backlog=0)))
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        for _ in range(3):
            filler = stack.enter_context(closing(socket.socket()))
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        full = client.Endpoint(url=f"http://{host}/", key=KEY, dev_hosts=frozenset({host}))
        assert not_sent(full, dialect=hasty) == "connect_timeout"


def test_an_unknown_name_is_not_sent():
    assert not_sent(client.Endpoint(url="https://panel.invalid/api/v2", key=KEY)) == "dns"


def test_a_hanging_resolver_is_not_sent_at_the_deadline(monkeypatch, hasty):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait() and [])
    started_at = time.monotonic()
    reason = not_sent(client.Endpoint(url="https://panel.example/", key=KEY), dialect=hasty)
    released.set()
    assert reason == "deadline"
    assert time.monotonic() - started_at < hasty.add_deadline_seconds + SLACK_SECONDS


def test_one_dead_address_of_two_is_passed_over(raw_server, monkeypatch):
    server = raw_server(saying(answer(ORDER)))
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port))
        for address in ("127.0.0.77", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert add(server) == "23501"


@pytest.mark.parametrize(("header", "seconds"), [("30", 30), ("999999", 900), ("soon", None)])
def test_retry_after_is_honoured_up_to_a_quarter_of_an_hour(raw_server, header, seconds):
    data = answer(b"", status="429 Slow", headers=f"Retry-After: {header}\r\n")
    with pytest.raises(NotSent) as caught:
        add(raw_server(saying(data)))
    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Thu, 01 Jan 1970 00:16:45 GMT", 5),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 5000, 999_999_999),
        ("\u0663", None),
        ("Thu, 01 Jan 999999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header, seconds):
    assert retry_after_seconds(header, now=1000.0) == seconds


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_the_body_of_a_refusal_is_read(raw_server, status):
    with pytest.raises(AccountRefused) as caught:
        add(raw_server(saying(answer(b'{"error": "Account closed"}', status=status))))
    assert "Account closed" in caught.value.text
