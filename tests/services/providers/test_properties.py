"""Whatever a provider sends, only a ProviderError comes out: the poll loop never breaks."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.providers import client
from services.providers.answers import Answer
from services.providers.dialect import API_V2
from services.providers.errors import ProviderError
from services.providers.offers import read_services
from services.providers.replies import read_add
from services.providers.reports import Report, Unreadable, read_balance, read_statuses
from tests.services.providers.conftest import endpoint_of
from tests.services.providers.raw_server import saying

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
NAMES = (
    st.sampled_from(["order", "error", "errors", "status", "success", "message", "1", "2"])
    | st.sampled_from(["remains", "charge", "start_count", "balance", "currency"])
    | st.sampled_from(["services", "service", "rate", "min", "max", "name"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode())
ANSWERS = st.builds(
    Answer,
    status=st.sampled_from([0, 200, 204, 301, 400, 401, 403, 404, 429, 500, 503]),
    body=BODIES,
    fault=st.none() | st.sampled_from(["reset", "truncated"]),
    retry_after_seconds=st.none() | st.integers(),
)


@settings(max_examples=500, deadline=None)
@given(answer=ANSWERS)
def test_add_gives_an_id_or_a_provider_error(answer):
    with suppress(ProviderError):
        external_id = read_add(answer, dialect=API_V2)
        assert external_id.isascii()
        assert int(external_id) > 0
        assert 200 <= answer.status < 300


@settings(max_examples=500, deadline=None)
@given(answer=ANSWERS)
def test_statuses_give_every_id_asked_or_a_provider_error(answer):
    with suppress(ProviderError):
        read = read_statuses(answer, asked=["1", "2"], dialect=API_V2)
        assert list(read) == ["1", "2"]
        for report in read.values():
            assert isinstance(report, Report | Unreadable)
            repr(report).encode()


@settings(max_examples=300, deadline=None)
@given(answer=ANSWERS)
@pytest.mark.parametrize("read", [read_balance, read_services])
def test_other_readers_raise_nothing_but_provider_errors(read, answer):
    with suppress(ProviderError):
        assert read(answer, dialect=API_V2) is not None


@given(value=st.text(max_size=30) | st.integers() | st.floats() | st.booleans())
def test_remains_are_digits_or_nothing(value):
    body = json.dumps({"1": {"status": "Partial", "remains": value}}).encode()
    report = read_statuses(Answer(status=200, body=body), asked=["1"], dialect=API_V2)["1"]
    assert isinstance(report, Report)
    text = value if isinstance(value, str) else json.dumps(value)
    is_plain = text.isascii() and text.isdigit() and len(text) <= 18
    assert report.remains == (int(text) if is_plain else None)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    start=st.sampled_from(
        [
            b"",
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08",
            b"HTTP/1.1 429 \r\nRetry-After: ",
            b"HTTP/1.1 200 OK\r\nContent-Length: ",
        ]
    ),
    rest=st.binary(max_size=100),
)
def test_any_bytes_on_the_wire_end_in_a_provider_error(garbage_server, start, rest):
    garbage_server.script = saying(start + rest)
    with pytest.raises(ProviderError):
        client.add(endpoint_of(garbage_server), service="1", fields={})


@pytest.fixture
def garbage_server(raw_server):
    return raw_server(saying(b""))
