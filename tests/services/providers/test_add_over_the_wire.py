"""`add` against the real demo provider: what it says, and what it proves, about each fault."""

import pytest

from services.providers import client
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown, Refused

LINK = "https://platform-a.example/post/1"
FIELDS = {"link": LINK, "quantity": "1000"}
UNKNOWN_FAULTS = {
    "deep": "not_json",
    "drop": "reset",
    "duplicate_keys": "malformed_json",
    "empty": "not_json",
    "gzip_bomb": "too_large",
    "html": "not_json",
    "http_error": "http_status",
    "nan": "malformed_json",
    "order_and_error": "contradictory",
    "oversized": "too_large",
    "redirect": "http_status",
    "truncated": "truncated",
}


def test_an_order_is_placed_once(provider, endpoint):
    number = client.add(endpoint, service="101", fields=FIELDS)
    assert [order["number"] for order in provider.orders()] == [int(number)]
    assert provider.counts() == {LINK: 1}


@pytest.mark.parametrize("stage", ["before", "after"])
@pytest.mark.parametrize(("kind", "reason"), UNKNOWN_FAULTS.items())
def test_a_spoilt_answer_is_unknown_whether_or_not_the_order_exists(
    provider, endpoint, kind, reason, stage
):
    provider.fault(kind, stage=stage, value="http://127.0.0.1:1/")
    with pytest.raises(OutcomeUnknown) as caught:
        client.add(endpoint, service="101", fields=FIELDS)
    assert caught.value.reason == reason
    assert provider.counts() == ({LINK: 1} if stage == "after" else {})


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524])
def test_every_5xx_may_have_created_the_order(provider, endpoint, status):
    provider.fault("http_error", stage="after", status=status)
    with pytest.raises(OutcomeUnknown) as caught:
        client.add(endpoint, service="101", fields=FIELDS)
    assert caught.value.candidate_id == str(provider.orders()[0]["number"])


@pytest.mark.parametrize(
    "value", [0, -1, None, "", True, 1.5, 1e30, [], {}, "9" * 300], ids=lambda v: repr(v)[:9]
)
def test_a_bad_id_is_unknown(provider, endpoint, value):
    provider.fault("bad_id", stage="after", value=value)
    with pytest.raises(OutcomeUnknown):
        client.add(endpoint, service="101", fields=FIELDS)
    assert provider.counts() == {LINK: 1}


@pytest.mark.parametrize(("kind", "seconds"), [("latency", 5), ("drip", 0.05)])
def test_a_late_answer_is_unknown_at_the_deadline(provider, endpoint, hasty, kind, seconds):
    provider.fault(kind, stage="after", seconds=seconds)
    with pytest.raises(OutcomeUnknown) as caught:
        client.add(endpoint, service="101", fields=FIELDS, dialect=hasty)
    assert caught.value.reason == "deadline"
    assert provider.counts() == {LINK: 1}


def test_429_was_not_sent_and_says_when_to_return(provider, endpoint):
    provider.fault("rate_limited", seconds=77)
    with pytest.raises(NotSent) as caught:
        client.add(endpoint, service="101", fields=FIELDS)
    assert caught.value.retry_after_seconds == 77


def test_401_refuses_our_account(provider, endpoint):
    provider.fault("unauthorized")
    with pytest.raises(AccountRefused):
        client.add(endpoint, service="101", fields=FIELDS)


@pytest.mark.parametrize(
    ("service", "fields"),
    [
        ("999", FIELDS),
        ("101", {**FIELDS, "link": "nowhere"}),
        ("101", {**FIELDS, "quantity": "1"}),
        ("101", {**FIELDS, "quantity": "999999999"}),
    ],
)
def test_a_real_refusal_is_definitive(provider, endpoint, service, fields):
    with pytest.raises(Refused):
        client.add(endpoint, service=service, fields=fields)
    assert provider.counts() == {}


def test_an_unknown_error_text_is_unknown(provider, endpoint):
    provider.fault("error", stage="after", value="Our hamster is asleep")
    with pytest.raises(OutcomeUnknown) as caught:
        client.add(endpoint, service="101", fields=FIELDS)
    assert "hamster" in caught.value.excerpt


def test_nothing_but_the_order_leaves_the_house(provider, endpoint):
    client.add(endpoint, service="101", fields=FIELDS)
    (request,) = provider.requests()
    assert request["path"] == "/api/v2"
    assert request["fields"] == {
        "key": provider.key,
        "action": "add",
        "service": "101",
        **FIELDS,
    }
    assert set(request["headers"]) == {
        "Host",
        "User-Agent",
        "Accept",
        "Accept-Encoding",
        "Content-Type",
        "Content-Length",
        "Connection",
    }


def test_order_parameters_cannot_replace_the_call(endpoint, provider):
    with pytest.raises(ValueError, match="action"):
        client.add(endpoint, service="101", fields={**FIELDS, "action": "cancel"})
    assert provider.requests() == []


def test_what_cannot_be_encoded_is_not_sent(endpoint, provider):
    with pytest.raises(NotSent) as caught:
        client.add(endpoint, service="101", fields={**FIELDS, "link": "https://a.example/\ud800"})
    assert caught.value.reason == "request"
    assert provider.requests() == []


def test_a_killed_provider_leaves_the_outcome_to_the_store(provider, endpoint):
    number = client.add(endpoint, service="101", fields=FIELDS)
    provider.kill()
    try:
        with pytest.raises(NotSent) as caught:
            client.add(endpoint, service="101", fields=FIELDS)
    finally:
        provider.start()
    assert caught.value.reason == "connect"
    assert list(client.statuses(endpoint, external_ids=[number])) == [number]
    assert provider.counts() == {LINK: 1}
