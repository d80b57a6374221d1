"""What leaves in each way of asking: nothing beyond the call, guarded alike, the key never told."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest

from services.providers import client
from services.providers.calls import Call, request_for
from services.providers.changing import changed
from services.providers.dialect import API_V2, Dialect
from services.providers.errors import NotSent, ProviderError
from services.providers.shapes import PARAMETERS
from services.providers.transport import Request
from services.types import SPECS
from tests.services.providers.conftest import KEY, endpoint_of
from tests.services.providers.raw_server import RawServer, Script, answer, saying

Serving = Callable[[Script], RawServer]

ORDER = b'{"order": 23501}'
FIELDS = {"link": "https://platform-a.example/post/1?a=b&c=d", "quantity": "1000"}
PLAIN_KEY = "canary-key-5f0d"
WAYS: dict[str, dict[str, object]] = {
    "form": {},
    "json": {"encoding": "json"},
    "multipart": {"encoding": "multipart"},
    "get": {"method": "GET", "encoding": "query"},
    "post_query": {"encoding": "query"},
    "key_in_query": {"key_place": "query"},
    "header": {"key_place": "header", "key_name": "X-Api-Key"},
    "bearer": {"key_place": "bearer"},
    "path": {"action_place": "path"},
}


def way(name: str) -> Dialect:
    return changed(API_V2, {"calling": WAYS[name]})


def asked(name: str, *, path: str = "/api/v2", key: str = PLAIN_KEY) -> Request:
    call = Call(action="add", fields={"service": "1", **FIELDS}, key=key)
    return request_for(call, path=path, dialect=way(name))


def told(error: BaseException) -> str:
    said = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
    return "\n".join(said)


def test_get_leaves_with_everything_in_the_address_and_no_body(raw_server: Serving) -> None:
    server = raw_server(saying(answer(ORDER)))
    client.add(endpoint_of(server), service="1", fields=FIELDS, dialect=way("get"))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    line = head.split(b"\r\n")[0].decode()
    assert line.startswith("GET /api/v2?key=")
    sent = parse_qs(urlsplit(line.split()[1]).query)
    assert sent == {"key": [KEY], "action": ["add"], "service": ["1"]} | {
        name: [value] for name, value in FIELDS.items()
    }
    assert body == b""
    assert b"content-length" not in head.lower()
    assert b"content-type" not in head.lower()


def test_a_query_of_the_address_itself_is_kept() -> None:
    request = asked("get", path="/api?panel=1")
    assert request.path.startswith("/api?panel=1&key=")
    assert asked("form", path="/api?panel=1").path == "/api?panel=1"
    assert asked("path", path="/api/?panel=1").path == "/api/add?panel=1"


@pytest.mark.parametrize("name", WAYS)
def test_the_key_leaves_in_its_own_place_alone(name: str) -> None:
    request = asked(name)
    places = {
        "path": request.path,
        "headers": json.dumps(dict(request.headers)),
        "body": request.body.decode(),
    }
    mine = {"get": "path", "post_query": "path", "key_in_query": "path"}
    mine |= {"header": "headers", "bearer": "headers"}
    found = {place for place, text in places.items() if PLAIN_KEY in text}
    assert found == {mine.get(name, "body")}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("status", ["200 OK", "400 Bad", "500 Broken", "307 Away"])
def test_an_echo_of_the_whole_request_tells_no_key(
    raw_server: Serving, name: str, status: str
) -> None:
    request = asked(name)
    echo = f"{request.path} {dict(request.headers)} {request.body!r} {quote_plus(PLAIN_KEY)}"
    body = json.dumps({"error": echo}).encode()
    server = raw_server(saying(answer(body, status=status)))
    endpoint = replace(endpoint_of(server), key=PLAIN_KEY)
    with pytest.raises(ProviderError) as caught:
        client.add(endpoint, service="1", fields=FIELDS, dialect=way(name))
    assert PLAIN_KEY not in told(caught.value)


@pytest.mark.parametrize("name", WAYS)
def test_no_request_prints_its_key_and_nothing_of_it_is_logged(
    raw_server: Serving, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    server = raw_server(saying(answer(ORDER)))
    endpoint = replace(endpoint_of(server), key=PLAIN_KEY)
    client.add(endpoint, service="1", fields=FIELDS, dialect=way(name))
    assert PLAIN_KEY not in repr(asked(name))
    assert PLAIN_KEY not in repr(Call(action="add", fields={}, key=PLAIN_KEY))
    assert PLAIN_KEY not in caplog.text


@pytest.mark.parametrize("name", ["get", "header", "path"])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:{port}/api/v2", "url"),
        ("https://127.0.0.1:{port}/api/v2", "address"),
        ("https://[::1]:{port}/", "address"),
        ("https://localhost:{port}/", "address"),
        ("https://user@good.example:{port}/", "url"),
        ("file:///etc/passwd", "url"),
    ],
)
def test_every_way_of_asking_is_guarded_alike(
    raw_server: Serving, name: str, url: str, reason: str
) -> None:
    server = raw_server(saying(answer(ORDER)))
    endpoint = client.Endpoint(
        url=url.format(port=server.port),
        key=PLAIN_KEY,
        allowed_ports=frozenset({server.port}),
    )
    with pytest.raises(NotSent) as caught:
        client.balance(endpoint, dialect=way(name))
    assert caught.value.reason == reason
    assert server.connections == 0


@pytest.mark.parametrize("name", ["get", "bearer", "path"])
def test_no_way_of_asking_follows_a_redirect(raw_server: Serving, name: str) -> None:
    other = raw_server(saying(answer(ORDER)))
    away = f"Location: {other.url}\r\n"
    server = raw_server(saying(answer(b"", status="302 Found", headers=away)))
    endpoint = replace(endpoint_of(server), key=PLAIN_KEY)
    with pytest.raises(ProviderError, match="http_status"):
        client.add(endpoint, service="1", fields=FIELDS, dialect=way(name))
    assert (server.connections, other.connections) == (1, 0)


@pytest.mark.parametrize("name", WAYS)
def test_without_a_key_nothing_is_sent(name: str) -> None:
    with pytest.raises(NotSent, match="key"):
        asked(name, key="")


@pytest.mark.parametrize("key", ["two words", "line\r\nHost: x", "\u00fc", "x" * 4001])
@pytest.mark.parametrize("name", ["header", "bearer"])
def test_a_key_that_is_no_header_is_not_sent(raw_server: Serving, name: str, key: str) -> None:
    server = raw_server(saying(answer(ORDER)))
    endpoint = replace(endpoint_of(server), key=key)
    with pytest.raises(NotSent, match="request"):
        client.balance(endpoint, dialect=way(name))
    assert server.connections == 0


@pytest.mark.parametrize("name", ["get", "json", "multipart"])
def test_what_cannot_be_encoded_is_not_sent(raw_server: Serving, name: str) -> None:
    server = raw_server(saying(answer(ORDER)))
    with pytest.raises(NotSent, match="request"):
        client.add(endpoint_of(server), service="1", fields={"link": "\ud800"}, dialect=way(name))
    assert server.connections == 0


def test_an_address_that_would_be_cut_is_not_sent(raw_server: Serving) -> None:
    server = raw_server(saying(answer(ORDER)))
    fields = {"link": FIELDS["link"], "comments": "Nice\n" * 2000}
    with pytest.raises(NotSent, match="request"):
        client.add(endpoint_of(server), service="1", fields=fields, dialect=way("get"))
    assert server.connections == 0


def test_numbers_leave_as_numbers_where_json_is_typed() -> None:
    calling = {"encoding": "json", "sends_numbers": True, "line_break": "crlf"}
    dialect = changed(API_V2, {"calling": calling, "parameters": {"quantity": "amount"}})
    fields = {"service": "7", "quantity": "1000", "comments": "1\n2", "answer_number": "03"}
    request = request_for(Call(action="add", fields=fields, key="k"), path="/", dialect=dialect)
    body: dict[str, Any] = json.loads(request.body)
    assert body == {
        "key": "k",
        "action": "add",
        "service": 7,
        "amount": 1000,
        "comments": "1\r\n2",
        "answer_number": "03",
    }


def test_every_parameter_of_every_type_can_be_renamed() -> None:
    named = {one.name for spec in SPECS.values() for one in spec.parameters}
    assert named | {"link", "quantity", "runs", "interval"} <= PARAMETERS
    renames = {name: f"x_{name}" for name in PARAMETERS}
    dialect = changed(API_V2, {"parameters": renames})
    call = Call(action="add", fields=dict.fromkeys(sorted(PARAMETERS), "1"), key="k")
    sent = parse_qs(request_for(call, path="/", dialect=dialect).body.decode())
    assert sent.keys() == {"key", "action", *renames.values()}


def test_no_parameter_takes_the_place_of_the_key_or_the_action() -> None:
    dialect = changed(API_V2, {"calling": {"key_name": "token", "action_name": "do"}})
    call = Call(action="add", fields={"token": "x", "do": "cancel"}, key="k")
    request = request_for(call, path="/", dialect=dialect)
    assert parse_qs(request.body.decode()) == {"token": ["k"], "do": ["add"]}
