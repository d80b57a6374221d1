"""Status reports: strict about numbers, one bad item harms only itself (docs/forwarding.md)."""

import json
from decimal import Decimal

import pytest

from services.providers.answers import Answer
from services.providers.dialect import API_V2, ReportState
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown, Refused
from services.providers.reports import (
    Balance,
    Report,
    SubscriptionReport,
    Unreadable,
    read_balance,
    read_statuses,
)

MALFORMED_REMAINS = [
    "-1",
    '"NaN"',
    "Infinity",
    "null",
    '""',
    None,
    '"1e3"',
    "4000.5",
    "NaN",
    "[]",
    "true",
    '"4000; x"',
    '"\\u0664\\u0660"',
    '"\\uff14\\uff10"',
    '"-1"',
    '"+5"',
    '" 40 "',
    '"4_000"',
    '"Unknown"',
    "4e3",
    "40.0",
    "9" * 5000,
    '"' + "9" * 5000 + '"',
    '{"a": 1}',
    "1e999999999999999999",
    '"\\ud800"',
]
GOOD = (
    '{"charge":"0.27819","start_count":"3572","status":"Partial","remains":"157","currency":"USD"}'
)
SPELLINGS = {
    ReportState.PENDING: ["Pending", "pending", "Awaiting", "Queued"],
    ReportState.IN_PROGRESS: ["In progress", "Inprogress", "in_progress", "in-progress", "Active"],
    ReportState.PROCESSING: ["Processing", "PROCESSING"],
    ReportState.COMPLETED: ["Completed", "complete", "Success", "Done"],
    ReportState.PARTIAL: ["Partial", "Partially completed", "partial completed"],
    ReportState.CANCELED: ["Canceled", "Cancelled", "canelled", "Refunded", "Refund"],
    ReportState.FAILED: ["Fail", "Failed", "Error", "Rejected"],
}


def statuses(body, *, asked=("1", "2"), status=200):
    text = body if isinstance(body, bytes) else body.encode()
    return read_statuses(Answer(status=status, body=text), asked=asked, dialect=API_V2)


def test_a_report_is_read_exactly():
    assert statuses(f'{{"1": {GOOD}}}', asked=["1"])["1"] == Report(
        state=ReportState.PARTIAL,
        word="Partial",
        start_count=3572,
        remains=157,
        remains_text="157",
        charge=Decimal("0.27819"),
        currency="USD",
    )


@pytest.mark.parametrize("literal", MALFORMED_REMAINS, ids=lambda text: str(text)[:20])
def test_malformed_remains_book_nothing_and_harm_no_neighbour(literal):
    remains = "" if literal is None else f', "remains": {literal}'
    read = statuses(f'{{"1": {{"status": "Partial"{remains}}}, "2": {GOOD}}}')
    bad, good = read["1"], read["2"]
    assert isinstance(bad, Report)
    assert (bad.state, bad.remains) == (ReportState.PARTIAL, None)
    assert (bad.remains_text is None) == (literal is None)
    assert isinstance(good, Report)
    assert good.remains == 157


def test_the_evidence_of_malformed_remains_is_kept():
    read = statuses('{"1": {"status": "Partial", "remains": "4000; x"}}', asked=["1"])["1"]
    assert isinstance(read, Report)
    assert read.remains_text == "4000; x"


def test_a_lenient_reader_would_refund_everything_on_nan():
    quantity, remains = 1000, json.loads("NaN")
    assert max(0, min(quantity, remains)) == quantity
    read = statuses('{"1": {"status": "Partial", "remains": NaN}}', asked=["1"])["1"]
    assert isinstance(read, Report)
    assert read.remains is None


@pytest.mark.parametrize(
    ("literal", "expected"), [("0", 0), ('"0"', 0), ("157", 157), ('"007"', 7)]
)
def test_whole_numbers_are_read_from_numbers_and_digits(literal, expected):
    read = statuses(f'{{"1": {{"status": "Partial", "remains": {literal}}}}}', asked=["1"])["1"]
    assert isinstance(read, Report)
    assert read.remains == expected


@pytest.mark.parametrize(
    ("word", "state"), [(word, state) for state, words in SPELLINGS.items() for word in words]
)
def test_every_spelling_has_one_meaning(word, state):
    read = statuses(f'{{"1": {{"status": "{word}"}}}}', asked=["1"])["1"]
    assert isinstance(read, Report)
    assert read.state is state


@pytest.mark.parametrize("word", ["Paused", "Not completed", "completed?", "2", "Completedpartial"])
def test_an_unknown_word_has_no_state(word):
    read = statuses(f'{{"1": {{"status": "{word}"}}}}', asked=["1"])["1"]
    assert isinstance(read, Report)
    assert (read.state, read.word) == (None, word)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ('"Incorrect order ID"', "unknown_order"),
        ('{"error": "Incorrect order ID"}', "unknown_order"),
        ('{"error": "Try later"}', "error"),
        ('{"error": "Try later", "status": "Completed"}', "error"),
        ("null", "not_object"),
        ("[]", "not_object"),
        ("5", "not_object"),
        ("NaN", "not_object"),
        ("{}", "no_status"),
        ('{"status": null}', "no_status"),
        ('{"status": true}', "no_status"),
        ('{"status": []}', "no_status"),
        ('{"status": "Completed", "status": "Canceled"}', "no_status"),
    ],
)
def test_an_unreadable_item_affects_only_itself(item, reason):
    read = statuses(f'{{"1": {item}, "2": {GOOD}}}')
    assert isinstance(read["1"], Unreadable)
    assert read["1"].reason == reason
    assert isinstance(read["2"], Report)


def test_an_id_given_twice_is_unreadable_alone():
    read = statuses(f'{{"1": {GOOD}, "1": {GOOD}, "2": {GOOD}}}')
    assert isinstance(read["1"], Unreadable)
    assert isinstance(read["2"], Report)


def test_ids_not_asked_are_ignored_and_missing_ones_named():
    read = statuses(f'{{"1": {GOOD}, "9": {GOOD}}}')
    assert list(read) == ["1", "2"]
    assert read["2"] == Unreadable("missing")


def test_a_single_report_without_its_id_is_understood():
    assert isinstance(statuses(GOOD, asked=["1"])["1"], Report)


def test_an_envelope_is_not_a_completed_order():
    assert statuses('{"status": "success", "data": {}}', asked=["1"])["1"] == Unreadable("missing")


def test_a_single_unknown_order_is_not_a_refused_call():
    read = statuses('{"error": "Incorrect order ID"}', asked=["1"])
    assert read == {"1": Unreadable("unknown_order", "Incorrect order ID")}


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b'{"error": "Invalid API key"}', 200, AccountRefused),
        (b'{"error": "Invalid API key"}', 401, AccountRefused),
        (b'{"error": "Under maintenance"}', 200, Refused),
        (b'{"error": "Too many requests"}', 200, NotSent),
        (b"", 429, NotSent),
        (b"<html>", 200, OutcomeUnknown),
        (b"[]", 200, OutcomeUnknown),
        (b"null", 200, OutcomeUnknown),
        (b"", 502, OutcomeUnknown),
        (b"", 307, OutcomeUnknown),
    ],
)
def test_a_refused_or_unreadable_call_says_nothing_about_any_order(body, status, error):
    with pytest.raises(error):
        statuses(body, status=status)


@pytest.mark.parametrize(
    ("literal", "amount"),
    [('"100.84292"', "100.84292"), ("100.84292", "100.84292"), ("3", "3"), ('"-0.5"', "-0.5")],
)
def test_a_balance_is_exact(literal, amount):
    body = f'{{"balance": {literal}, "currency": "USD"}}'.encode()
    read = read_balance(Answer(status=200, body=body), dialect=API_V2)
    assert read == Balance(Decimal(amount), "USD")


@pytest.mark.parametrize("literal", ["NaN", "1e400", '"1,5"', "true", "null", "[]", '"\\u0663"'])
def test_a_balance_that_is_no_amount_is_an_error(literal):
    with pytest.raises(OutcomeUnknown):
        read_balance(Answer(status=200, body=f'{{"balance": {literal}}}'.encode()), dialect=API_V2)


def test_a_subscription_names_the_orders_that_it_has_made():
    body = '{"7": {"status":"Active","expiry":"31/12/2030","posts":"5","orders":["11",12,"12"]}}'
    read = statuses(body, asked=["7"])["7"]
    assert isinstance(read, Report)
    assert read.state == ReportState.IN_PROGRESS
    assert read.subscription == SubscriptionReport(
        orders=("11", "12"), posts="5", expiry="31/12/2030"
    )


@pytest.mark.parametrize("orders", ['"11"', "null", "{}", "11", "true"])
def test_only_a_list_names_orders(orders):
    read = statuses(f'{{"7": {{"status":"Active","orders":{orders}}}}}', asked=["7"])["7"]
    assert isinstance(read, Report)
    assert read.subscription is None


def test_what_is_no_number_is_no_order_of_a_subscription():
    odd = '[1.5, -1, 0, "x", true, null, [12], {"a": 1}, "٣", "", 1e30, "13"]'
    read = statuses(f'{{"7": {{"status":"Active","orders":{odd}}}}}', asked=["7"])["7"]
    assert isinstance(read, Report)
    assert read.subscription == SubscriptionReport(orders=("13",))


def test_a_subscription_alone_is_read_without_its_number_too():
    read = statuses('{"status":"Paused","orders":[]}', asked=["7"])["7"]
    assert isinstance(read, Report)
    assert (read.state, read.word) == (None, "Paused")


def test_the_quantity_is_told_by_few_and_read_exactly():
    named = statuses('{"7": {"status":"Completed","quantity":"120"}}', asked=["7"])["7"]
    odd = statuses('{"7": {"status":"Completed","quantity":"1e2"}}', asked=["7"])["7"]
    assert isinstance(named, Report)
    assert isinstance(odd, Report)
    assert (named.quantity, odd.quantity) == (120, None)
