"""Answers to `refill`, `cancel` and `refill_status`: taken, declined, not sent, unknown."""

from __future__ import annotations

import pytest

from services.providers.answers import Answer
from services.providers.dialect import API_V2
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown, Refused
from services.providers.followups import (
    RefillReport,
    RefillState,
    read_cancel,
    read_refill,
    read_refill_statuses,
)
from services.providers.reports import Unreadable

REFILL_TAKEN = [
    (b'{"refill": "1"}', "1"),
    (b'{"refill": 12345}', "12345"),
    (b'{"success": "Refill request sent", "refill": 12345}', "12345"),
    (b'{"status": "success", "refill": "12345"}', "12345"),
    (b'\xef\xbb\xbf{"refill": "1", "error": ""}', "1"),
    (b'[{"order": 9, "refill": 7}]', "7"),
    (b'[{"order": "9", "refill": "7"}, {"order": 3, "refill": {"error": "x"}}]', "7"),
    (b'{"9": {"refill": 7}}', "7"),
    (b'{"status": "success"}', None),
    (b'{"success": "Refill request sent"}', None),
    (b'{"success": true}', None),
]
CANCEL_TAKEN = [
    b'[{"order": 9, "cancel": 1}]',
    b'[{"order": "9", "cancel": "1"}, {"order": 2, "cancel": {"error": "Incorrect order ID"}}]',
    b'{"cancel": 1}',
    b'{"cancel": "1"}',
    b'{"cancel": true}',
    b'{"cancel": "success"}',
    b'{"cancel": 45012}',
    b'{"status": "success"}',
    b'{"success": "Cancel request sent"}',
    b'{"success": 1, "error": null}',
    b'{"9": {"cancel": 1}}',
]
DECLINED = [
    b'{"error": "Order not eligible for refill."}',
    b'{"error": "Incorrect order ID"}',
    b'{"error": "Incorrect request"}',
    b'{"status": "error", "message": "This order cannot be canceled"}',
    b'{"status": false, "msg": "Refill is not available"}',
    b'[{"order": 9, "NAME": {"error": "Incorrect order ID"}}]',
    b'[{"order": 9, "error": "Incorrect order ID"}]',
    b'{"NAME": {"error": "Order already completed"}}',
    b'{"9": {"error": "Incorrect order ID"}}',
]
UNKNOWN = [
    (b"", "not_json"),
    (b"<html>One moment</html>", "not_json"),
    (b"null", "unexpected_shape"),
    (b"[]", "unexpected_shape"),
    (b"{}", "unexpected_shape"),
    (b"1", "unexpected_shape"),
    (b'"success"', "unexpected_shape"),
    (b'{"success": false, "success": 1}', "malformed_json"),
    (b'{"success": ""}', "unexpected_shape"),
    (b'[{"order": 8, "NAME": 1}]', "unexpected_shape"),
    (b'[{"order": 9, "NAME": 1}, {"order": 9, "NAME": 2}]', "unexpected_shape"),
    (b'{"NAME": 1, "error": "Something went wrong"}', "contradictory"),
    (b'{"NAME": 1, "charge": NaN}', "malformed_json"),
    (b'{"error": "The moon is full"}', "unknown_error_text"),
    (b'{"NAME": {"error": "The moon is full"}}', "unknown_error_text"),
]
NO_NUMBERS = [b"0", b"-1", b"1.5", b'"0"', b'"x"', b"[]", b"1e3", b'"\\u0661"']


def refill(body: bytes, *, status: int = 200) -> str | None:
    return read_refill(Answer(status=status, body=body), asked="9", dialect=API_V2)


def cancel(body: bytes, *, status: int = 200) -> None:
    read_cancel(Answer(status=status, body=body), asked="9", dialect=API_V2)


READERS = {b"refill": refill, b"cancel": cancel}


def ask(name: bytes, body: bytes, *, status: int = 200) -> str | None:
    return READERS[name](body.replace(b"NAME", name), status=status)


@pytest.mark.parametrize(("body", "number"), REFILL_TAKEN)
def test_a_refill_is_taken_with_or_without_a_number(body: bytes, number: str | None) -> None:
    assert refill(body) == number


@pytest.mark.parametrize("body", CANCEL_TAKEN)
def test_a_cancel_is_taken_in_every_shape_that_panels_answer(body: bytes) -> None:
    assert cancel(body) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("body", DECLINED)
def test_a_text_of_the_list_declines_for_certain(name: bytes, body: bytes) -> None:
    for status in (200, 400, 404, 422):
        with pytest.raises(Refused):
            ask(name, body, status=status)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(("body", "reason"), UNKNOWN)
def test_an_odd_answer_leaves_the_outcome_unknown(name: bytes, body: bytes, reason: str) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        ask(name, body)
    assert caught.value.reason == reason


@pytest.mark.parametrize("literal", NO_NUMBERS)
@pytest.mark.parametrize("name", READERS)
def test_what_is_no_number_is_no_yes(name: bytes, literal: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        ask(name, b'{"NAME": ' + literal + b"}")


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("status", [500, 502, 503, 504, 307])
def test_an_error_of_the_server_proves_nothing(name: bytes, status: int) -> None:
    for body in (b'{"NAME": 1}', b'{"error": "Incorrect order ID"}', b""):
        with pytest.raises(OutcomeUnknown):
            ask(name, body, status=status)


@pytest.mark.parametrize("name", READERS)
def test_a_call_that_was_turned_away_was_not_sent(name: bytes) -> None:
    with pytest.raises(NotSent):
        ask(name, b'{"error": "Too many requests"}', status=429)
    with pytest.raises(NotSent):
        ask(name, b'{"error": "Too many requests"}')
    with pytest.raises(AccountRefused):
        ask(name, b'{"error": "Invalid API key"}', status=401)
    with pytest.raises(AccountRefused):
        ask(name, b'{"error": "Invalid API key"}')


@pytest.mark.parametrize("name", READERS)
def test_a_yes_beside_a_refusing_status_is_a_doubt(name: bytes) -> None:
    for status in (401, 403, 404, 429):
        with pytest.raises(OutcomeUnknown):
            ask(name, b'{"NAME": 1}', status=status)


def test_a_broken_answer_is_a_doubt_whatever_it_says() -> None:
    answer = Answer(status=200, body=b'{"cancel": 1}', fault="truncated")
    with pytest.raises(OutcomeUnknown):
        read_cancel(answer, asked="9", dialect=API_V2)


# --- What became of refills -----------------------------------------------------------------------


def statuses(
    body: bytes, *, asked: tuple[str, ...] = ("1", "3")
) -> dict[str, RefillReport | Unreadable]:
    return read_refill_statuses(Answer(status=200, body=body), asked=asked, dialect=API_V2)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Pending", RefillState.RUNNING),
        ("In progress", RefillState.RUNNING),
        ("Inprogress", RefillState.RUNNING),
        ("Completed", RefillState.COMPLETED),
        ("Success", RefillState.COMPLETED),
        ("Rejected", RefillState.REJECTED),
        ("Canceled", RefillState.REJECTED),
        ("Error", RefillState.REJECTED),
        ("Partial", None),
        ("Teleported", None),
    ],
)
def test_a_word_means_what_it_means_for_refills(word: str, state: RefillState | None) -> None:
    body = f'{{"status": "{word}"}}'.encode()
    assert statuses(body, asked=("1",)) == {"1": RefillReport(state, word)}


def test_many_are_read_one_by_one_and_a_bad_one_harms_no_other() -> None:
    read = statuses(
        b'[{"refill":"1","status":"Completed"},{"refill":3,"status":{"error":"Refill not found"}},'
        b'{"refill":4,"status":7},{"refill":99,"status":"Completed"}]',
        asked=("1", "3", "4", "5"),
    )
    assert read == {
        "1": RefillReport(RefillState.COMPLETED, "Completed"),
        "3": Unreadable("unknown_refill", "Refill not found"),
        "4": Unreadable("no_status", "7"),
        "5": Unreadable("missing"),
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"1": {"status": "Completed"}, "3": {"error": "Refill not found"}}',
        b'{"1": "Completed", "3": {"error": "Refill not found"}}',
    ],
)
def test_an_object_by_numbers_is_read_too(body: bytes) -> None:
    assert statuses(body) == {
        "1": RefillReport(RefillState.COMPLETED, "Completed"),
        "3": Unreadable("unknown_refill", "Refill not found"),
    }


def test_an_unknown_refill_alone_is_no_failed_call() -> None:
    read = statuses(b'{"error": "Refill not found"}', asked=("1",))
    assert read == {"1": Unreadable("unknown_refill", "Refill not found")}


def test_a_complaint_about_the_call_says_nothing_about_refills() -> None:
    with pytest.raises(Refused):
        statuses(b'{"status": "error", "message": "The moon is full"}', asked=("1",))
    with pytest.raises(OutcomeUnknown):
        statuses(b'"Completed"')
