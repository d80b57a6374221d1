"""The table "What the answer means" of docs/forwarding.md, answer by answer, without a wire."""

from dataclasses import replace

import pytest

from services.providers.answers import Answer
from services.providers.dialect import API_V2
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown, Refused
from services.providers.replies import read_add

ACCEPTED = [
    (b'{"order": 23501}', "23501"),
    (b'{"order": "23501"}', "23501"),
    (b'{"status": "success", "order": 23501}', "23501"),
    (b'{"status": "success", "order": "23501"}', "23501"),
    (b'\xef\xbb\xbf{"order": 23501}', "23501"),
    (b'{"order": 23501, "error": ""}', "23501"),
    (b'{"order": 23501, "error": null}', "23501"),
    (b'{"order": 23501, "charge": 0.27, "start_count": 3572}', "23501"),
]
BAD_IDS = ["0", "-1", "null", '""', "true", "1.5", "1e30", "[]", "{}", '"0"', '"-1"', '"12 "']
BAD_IDS += ['"' + "9" * 300 + '"', "9" * 300, "9" * 5000, '"1e3"', '"\\u0661\\u0662"', '"a1"']
UNREADABLE = [
    (b"<html><body>One moment</body></html>", "not_json"),
    (b"", "not_json"),
    (b"\xff\xfe{", "not_json"),
    (b'{"order": 235', "not_json"),
    (b"[" * 10_000, "not_json"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "not_json"),
    (b"null", "unexpected_shape"),
    (b"[]", "unexpected_shape"),
    (b'"23501"', "unexpected_shape"),
    (b"23501", "unexpected_shape"),
    (b'{"order": 1, "order": 2}', "malformed_json"),
    (b'{"order": 1, "charge": NaN}', "malformed_json"),
    (b'{"order": 1, "charge": -Infinity}', "malformed_json"),
    (b'{"order": 1, "extra": {"a": 1, "a": 1}}', "malformed_json"),
    (b'{"order": 1, "charge": 1e999999999999999999999}', "malformed_json"),
    (b"{}", "bad_id"),
    (b'{"order_id": 23501}', "bad_id"),
]


def unknown(body: bytes, *, status: int = 200) -> OutcomeUnknown:
    with pytest.raises(OutcomeUnknown) as caught:
        read_add(Answer(status=status, body=body), dialect=API_V2)
    return caught.value


@pytest.mark.parametrize(("body", "expected"), ACCEPTED)
def test_a_new_id_is_accepted(body, expected):
    assert read_add(Answer(status=200, body=body), dialect=API_V2) == expected


@pytest.mark.parametrize("literal", BAD_IDS, ids=lambda literal: literal[:20])
def test_what_is_no_id_leaves_the_outcome_unknown(literal):
    error = unknown(f'{{"order": {literal}}}'.encode())
    assert error.reason in {"bad_id", "malformed_json"}
    assert error.candidate_id is None


@pytest.mark.parametrize(("body", "reason"), UNREADABLE)
def test_an_unreadable_answer_leaves_the_outcome_unknown(body, reason):
    assert unknown(body).reason == reason


@pytest.mark.parametrize("status", [200, 201, 400, 404, 422])
def test_a_definitive_text_refuses_on_any_status_that_is_read(status):
    body = b'{"error": "Incorrect  SERVICE id."}'
    with pytest.raises(Refused) as caught:
        read_add(Answer(status=status, body=body), dialect=API_V2)
    assert caught.value.text == "Incorrect  SERVICE id."


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": "Quantity less than minimal 50"}',
        b'{"errors": ["neworder.error.min_quantity"]}',
        b'{"status": "error", "msg": "Bad Link"}',
        b'{"status": "fail", "message": "Bad Link"}',
        b'{"success": false, "message": "Bad Link"}',
        b'{"status": "error", "msg": "in some language", "error": "neworder.error.link"}',
        b'{"order": null, "error": "Bad Link"}',
    ],
)
def test_a_definitive_text_is_found_in_every_known_shape(body):
    with pytest.raises(Refused):
        read_add(Answer(status=200, body=body), dialect=API_V2)


@pytest.mark.parametrize(
    "text", ["We are sorry", "Incorrect service ID, or not", "Bad Link created order", ""]
)
def test_an_unknown_text_is_never_matched_by_a_part_of_it(text):
    assert unknown(f'{{"status": "error", "error": "{text}"}}'.encode()).candidate_id is None


def test_staff_can_teach_a_text():
    taught = replace(API_V2, refusal_texts=(*API_V2.refusal_texts, "We are sorry"))
    with pytest.raises(Refused):
        read_add(Answer(status=200, body=b'{"error": "We are sorry"}'), dialect=taught)


@pytest.mark.parametrize("text", ["Invalid API key", "Not enough funds", "Insufficient balance"])
def test_a_refusal_of_our_account_is_told_apart(text):
    with pytest.raises(AccountRefused) as caught:
        read_add(Answer(status=200, body=f'{{"error": "{text}"}}'.encode()), dialect=API_V2)
    assert isinstance(caught.value, NotSent)
    assert caught.value.text == text


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [b'{"error": "Invalid API key"}', b"<html>Forbidden", b""])
def test_401_and_403_refuse_our_account(status, body):
    with pytest.raises(AccountRefused):
        read_add(Answer(status=status, body=body), dialect=API_V2)


@pytest.mark.parametrize(("header", "expected"), [(30, 30), (None, None), (86_400, 900), (-5, 0)])
def test_429_without_an_order_was_not_sent(header, expected):
    answer = Answer(status=429, body=b"slow down", retry_after_seconds=header)
    with pytest.raises(NotSent) as caught:
        read_add(answer, dialect=API_V2)
    assert caught.value.reason == "rate_limited"
    assert caught.value.retry_after_seconds == expected


@pytest.mark.parametrize("status", [401, 403, 429, 400, 409])
@pytest.mark.parametrize("body", [b'{"order": 23501}', b'{"error": "Bad Link", "order": 23501}'])
def test_an_order_beside_a_refusal_is_kept_as_candidate(status, body):
    assert unknown(body, status=status).candidate_id == "23501"


@pytest.mark.parametrize("body", [b'{"data": {"order": 5}}', b'{"order": 5', b'{"order": 5.5}'])
def test_429_that_speaks_of_an_order_is_unknown(body):
    assert unknown(body, status=429).candidate_id is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"order": 23501, "error": "Bad Link"}',
        b'{"order": 23501, "error": {"code": 7}}',
        b'{"order": 23501, "errors": ["Bad Link"]}',
        b'{"order": 23501, "status": "fail"}',
        b'{"order": 23501, "success": false}',
    ],
)
def test_order_and_error_together_are_contradictory(body):
    error = unknown(body)
    assert (error.reason, error.candidate_id) == ("contradictory", "23501")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524, 599])
@pytest.mark.parametrize("body", [b"", b'{"error": "Bad Link"}', b'{"error": "Invalid API key"}'])
def test_5xx_is_unknown_whatever_it_says(status, body):
    assert unknown(body, status=status).reason == "http_status"


@pytest.mark.parametrize("status", [101, 103, 301, 302, 303, 307, 308, 399])
def test_3xx_and_1xx_are_unknown(status):
    error = unknown(b'{"order": 23501}', status=status)
    assert (error.reason, error.candidate_id) == ("http_status", "23501")


def test_an_active_order_with_this_link_is_only_a_hint():
    text = "You have active order with this link. Please wait until order being completed."
    assert unknown(f'{{"error": "{text}"}}'.encode()).reason == "duplicate_link"


@pytest.mark.parametrize("fault", ["reset", "deadline", "truncated", "too_large"])
@pytest.mark.parametrize("status", [0, 200, 401, 429])
def test_a_broken_answer_is_unknown_whatever_its_status(status, fault):
    answer = Answer(status=status, body=b'{"error": "Bad Link"}', fault=fault)
    with pytest.raises(OutcomeUnknown) as caught:
        read_add(answer, dialect=API_V2)
    assert caught.value.reason == fault


def test_the_excerpt_is_short_and_printable():
    error = unknown(b"\x00\x1b[31m" + "\N{SNOWMAN}".encode() + b"\xff" * 5000)
    assert len(error.excerpt) == 500
    assert "\x00" not in error.excerpt
    assert "\x1b" not in error.excerpt
    assert "\N{SNOWMAN}" in error.excerpt
