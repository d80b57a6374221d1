"""The provider's key appears in no error, no repr and no report, however it is echoed."""

import json
import traceback
from urllib.parse import quote, quote_plus

import pytest

from services.providers import client
from services.providers.answers import MASK, mask_key
from services.providers.errors import ProviderError
from tests.services.providers.conftest import KEY, endpoint_of
from tests.services.providers.raw_server import answer, saying

ECHOES = [
    KEY,
    quote(KEY, safe=""),
    quote_plus(KEY),
    KEY.replace("/", "\\/"),
    f"Invalid API key {KEY}",
    f"action=add&key={quote_plus(KEY)}&x=1",
]
STATUSES = ["200 OK", "400 Bad", "401 Unauthorized", "403 Forbidden", "500 Broken", "307 Away"]


def everything_said(error):
    told = [str(error), repr(error), repr(error.args), repr(vars(error))]
    return "\n".join([*told, *traceback.format_exception(error)])


def leaks(text):
    return [echo for echo in (KEY, quote(KEY, safe=""), quote_plus(KEY)) if echo in text]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("shape", ["{}", '{{"error": "{}"}}', '{{"order": "{}"}}'])
def test_an_echoed_key_is_masked(raw_server, status, echo, shape):
    server = raw_server(saying(answer(shape.format(echo).encode(), status=status)))
    with pytest.raises(ProviderError) as caught:
        client.add(endpoint_of(server), service="1", fields={})
    assert leaks(everything_said(caught.value)) == []


@pytest.mark.parametrize("data", [KEY.encode() + b"\r\n\r\n", b"HTTP/1.1 " + KEY.encode()])
def test_a_key_in_a_broken_status_line_is_not_told(raw_server, data):
    with pytest.raises(ProviderError) as caught:
        client.add(endpoint_of(raw_server(saying(data))), service="1", fields={})
    assert leaks(everything_said(caught.value)) == []


def test_a_key_cut_off_by_a_truncated_body_is_masked(raw_server):
    body = answer(b'{"error": "' + KEY.encode() + b'"}')[: -len('f+0 d"}')]
    with pytest.raises(ProviderError) as caught:
        client.add(endpoint_of(raw_server(saying(body))), service="1", fields={})
    assert KEY[:6] not in everything_said(caught.value)


def test_a_key_in_a_report_is_masked(raw_server):
    item = {"status": KEY, "remains": KEY, "charge": KEY, "currency": KEY}
    body = json.dumps({"1": item, "2": KEY, "3": {"error": KEY}}).encode()
    server = raw_server(saying(answer(body)))
    read = client.statuses(endpoint_of(server), external_ids=["1", "2", "3"])
    assert leaks(repr(read)) == []
    assert MASK in repr(read)


def test_the_endpoint_hides_its_key():
    assert KEY not in repr(client.Endpoint(url="https://panel.example/", key=KEY))


def test_a_key_longer_than_the_excerpt_is_masked_before_the_cut():
    assert mask_key("x" + "k" * 600, "k" * 600) == f"x{MASK}"


def test_no_key_masks_nothing():
    assert mask_key("plain", "") == "plain"
