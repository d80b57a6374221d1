"""API v2 on the wire: exact JSON types, GET and POST, form and JSON."""

import http.client
import json
from urllib.parse import urlencode

import pytest


@pytest.fixture
def call(provider):
    def call(*, method="POST", as_json=False, **fields):
        fields = {"key": provider.key, **fields}
        connection = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=10)
        encoded = json.dumps(fields) if as_json else urlencode(fields)
        path = f"/api/v2?{encoded}" if method == "GET" else "/api/v2/"
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        body = None if method == "GET" else encoded
        connection.request(method, path, body=body, headers={"Content-Type": kind})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    return call


@pytest.mark.parametrize("options", [{}, {"method": "GET"}, {"as_json": True}])
def test_it_is_understood_in_every_encoding(call, options):
    placed = call(action="add", service=101, link="https://a.example/1", quantity=100, **options)
    assert isinstance(placed["order"], int)


def test_services_have_the_types_of_the_trade(call):
    for item in call(action="services"):
        kinds = {name: type(value) for name, value in item.items()}
        assert kinds["service"] is int
        assert {kinds[name] for name in ("rate", "min", "max", "name", "type")} == {str}
        assert {kinds[name] for name in ("refill", "cancel", "dripfeed")} == {bool}


def test_a_status_is_all_strings(call, place, provider):
    number = place("partial-40")
    provider.advance(100)
    report = call(action="status", order=number)
    assert report == {
        "charge": "0.54",
        "start_count": report["start_count"],
        "status": "Partial",
        "remains": "400",
        "currency": "USD",
    }
    assert report["start_count"].isdigit()


def test_a_batch_is_keyed_by_id_and_names_the_unknown(call, place):
    number = place("plain")
    answer = call(action="status", orders=f"{number}, {number},7")
    assert list(answer) == [number, "7"]
    assert answer["7"] == {"error": "Incorrect order ID"}
    assert call(action="status", order="7") == {"error": "Incorrect order ID"}


def test_more_than_a_hundred_ids_are_refused(call):
    answer = call(action="status", orders=",".join(str(number) for number in range(101)))
    assert answer == {"error": "Maximum 100 orders"}


def test_the_balance_is_exact_text(call, place):
    assert call(action="balance") == {"balance": "100000", "currency": "USD"}
    place("plain", service="103", quantity=101)
    assert call(action="balance")["balance"] == "99999.997879"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"action": "add", "service": 9}, "Incorrect service ID"),
        ({"action": "add", "service": 101, "link": "x"}, "Bad Link"),
        ({"action": "dance"}, "This action is Invalid"),
        ({}, "This action is Invalid"),
        ({"action": "balance", "key": "wrong"}, "Invalid API key"),
    ],
)
def test_complaints_are_the_texts_of_the_trade(call, fields, text):
    assert call(**fields) == {"error": text}


def test_a_refill_needs_a_completed_order_of_a_service_with_refill(call, place, provider):
    completed, without = place("plain"), place("plain-too", service="103")
    refused = {"error": "Order not eligible for refill."}
    assert call(action="refill", order=completed) == refused
    provider.advance(100)
    assert isinstance(call(action="refill", order=completed)["refill"], str)
    answers = call(action="refill", orders=f"{completed},{without},7")
    assert [answer["order"] for answer in answers] == [int(completed), int(without), 7]
    assert isinstance(answers[0]["refill"], int)
    assert [answer["refill"] for answer in answers[1:]] == [
        refused,
        {"error": "Incorrect order ID"},
    ]


def test_a_refill_is_completed_in_time(call, place, provider):
    number = place("plain")
    provider.advance(100)
    refill = call(action="refill", order=number)["refill"]
    assert call(action="refill_status", refill=refill) == {"status": "In progress"}
    provider.advance(100)
    assert call(action="refill_status", refills=f"{refill},99") == [
        {"refill": int(refill), "status": "Completed"},
        {"refill": 99, "status": {"error": "Refill not found"}},
    ]


def test_a_cancel_request_stops_what_is_not_done(call, place, provider):
    early, late, fixed = place("a"), place("b"), place("c", service="103")
    assert call(action="cancel", orders=f"{early},7") == [
        {"order": int(early), "cancel": 1},
        {"order": 7, "cancel": {"error": "Incorrect order ID"}},
    ]
    provider.advance(60)
    assert call(action="cancel", order=late)[0]["cancel"] == 1
    assert "error" in call(action="cancel", orders=fixed)[0]["cancel"]
    provider.advance(100)
    reports = call(action="status", orders=f"{early},{late},{fixed}")
    words = [reports[number]["status"] for number in (early, late, fixed)]
    assert words == ["Canceled", "Partial", "Completed"]
