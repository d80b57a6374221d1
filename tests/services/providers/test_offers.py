"""A provider's price list is untrusted: hostile lines are set apart, the sound ones stay."""

import json
from decimal import Decimal

import pytest

from services.providers.answers import Answer
from services.providers.dialect import API_V2
from services.providers.errors import AccountRefused, OutcomeUnknown
from services.providers.offers import OfferedService, read_services

SOUND = {"service": 1, "name": "Followers", "category": "Platform A", "type": "Default"}
SOUND |= {"rate": "0.90", "min": "50", "max": "10000", "refill": True, "cancel": 1}


def offer(body):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_services(Answer(status=200, body=text), dialect=API_V2)


def test_a_line_is_read_exactly():
    assert offer([SOUND]).services == [
        OfferedService(
            external_id="1",
            name="Followers",
            category="Platform A",
            type="Default",
            rate=Decimal("0.90"),
            min_quantity=50,
            max_quantity=10_000,
            has_refill=True,
            has_cancel=True,
            has_dripfeed=False,
            description="",
        )
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"service": None}, "bad_id"),
        ({"service": -1}, "bad_id"),
        ({"service": True}, "bad_id"),
        ({"service": "1; DROP"}, "bad_id"),
        ({"rate": "-0.1"}, "bad_rate"),
        ({"rate": "NaN"}, "bad_rate"),
        ({"rate": float("nan")}, "bad_rate"),
        ({"rate": float("inf")}, "bad_rate"),
        ({"rate": 1e300}, "bad_rate"),
        ({"rate": [1]}, "bad_rate"),
        ({"rate": None}, "bad_rate"),
        ({"min": 100, "max": 10}, "bad_limits"),
        ({"min": -1}, "bad_limits"),
        ({"max": 10.5}, "bad_limits"),
        ({"max": "9" * 5000}, "bad_limits"),
        ({"name": ""}, "bad_name"),
        ({"name": {"a": 1}}, "bad_name"),
    ],
)
def test_a_hostile_line_is_set_apart(change, reason):
    read = offer([{**SOUND, **change}, {**SOUND, "service": 2}])
    assert [service.external_id for service in read.services] == ["2"]
    assert [(item.position, item.reason) for item in read.rejected] == [(0, reason)]


@pytest.mark.parametrize("item", [None, 1, "x", [], True])
def test_what_is_no_line_is_set_apart(item):
    assert [rejected.reason for rejected in offer([item, SOUND]).rejected] == ["not_object"]


def test_lines_that_share_an_id_are_all_set_apart():
    read = offer([SOUND, {**SOUND, "rate": "9"}, {**SOUND, "service": "2"}])
    assert [service.external_id for service in read.services] == ["2"]
    assert {item.reason for item in read.rejected} == {"duplicate_id"}


def test_huge_texts_are_cut():
    read = offer([{**SOUND, "name": "x" * 10**6, "desc": "\x00y" * 10**5}]).services[0]
    assert len(read.name) == 500
    assert len(read.description) == 10_000
    assert "\x00" not in read.description


@pytest.mark.parametrize("name", ["data", "services"])
def test_a_wrapped_list_is_found(name):
    assert len(offer({"status": "success", name: [SOUND]}).services) == 1


@pytest.mark.parametrize("body", [{"status": "success", "data": "Empty Data"}, {}, "x", None, 5])
def test_what_is_no_list_is_an_error(body):
    with pytest.raises(OutcomeUnknown):
        offer(body)


def test_a_wrong_key_is_a_refusal_of_our_account():
    with pytest.raises(AccountRefused):
        offer({"error": "Invalid API key"})


def test_fifty_thousand_lines_are_read():
    lines = [{**SOUND, "service": number} for number in range(1, 50_001)]
    assert len(offer(lines).services) == 50_000
