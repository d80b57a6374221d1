"""The strict reader of changes: what it takes, what it refuses, and what no change can weaken."""

from __future__ import annotations

from typing import Any

import pytest

from services.providers import bounds
from services.providers.answers import Answer
from services.providers.changing import BadChanges, changed, with_refusals
from services.providers.contradictions import contradictions
from services.providers.dialect import API_V2, ReportState
from services.providers.errors import OutcomeUnknown, Refused
from services.providers.presets import PRESETS, UnknownPreset, preset
from services.providers.replies import read_add
from services.providers.shapes import Encoding, Method

NONSENSE: list[tuple[Any, str, str]] = [
    ([], "", "not_object"),
    (None, "", "not_object"),
    ({"colours": {}}, "colours", "unknown_part"),
    ({"calling": []}, "calling", "not_object"),
    ({"calling": {"speed": 1}}, "calling.speed", "unknown_name"),
    ({"calling": {"method": "PUT"}}, "calling.method", "not_choice"),
    ({"calling": {"method": 1}}, "calling.method", "not_choice"),
    ({"calling": {"method": "GET"}}, "calling.encoding", "get_needs_query"),
    ({"calling": {"sends_numbers": "yes"}}, "calling.sends_numbers", "not_yes_no"),
    ({"calling": {"sends_numbers": True}}, "calling.sends_numbers", "numbers_need_json"),
    ({"calling": {"key_name": "a b"}}, "calling.key_name", "bad_name"),
    ({"calling": {"key_name": "k\r\nHost: x"}}, "calling.key_name", "bad_name"),
    ({"calling": {"key_name": ""}}, "calling.key_name", "empty"),
    ({"calling": {"key_name": "action"}}, "parameters", "same_name"),
    ({"calling": {"key_place": "header", "key_name": "Host"}}, "calling.key_name", "bad_header"),
    ({"calling": {"key_place": "header", "key_name": "my_key"}}, "calling.key_name", "bad_header"),
    ({"actions": {"add": "../admin"}}, "actions.add", "bad_action"),
    ({"actions": {"add": "add?x=1"}}, "actions.add", "bad_action"),
    ({"actions": {"add": "refill"}}, "actions", "same_name"),
    ({"parameters": {"colour": "x"}}, "parameters.colour", "unknown_name"),
    ({"parameters": {"link": "quantity"}}, "parameters", "same_name"),
    ({"parameters": {"link": "key"}}, "parameters", "same_name"),
    ({"fields": {"order": "id"}}, "fields.order", "not_list"),
    ({"fields": {"order": []}}, "fields.order", "empty"),
    ({"fields": {"order": ["error"]}}, "fields", "same_name"),
    ({"fields": {"order": ["status"]}}, "fields", "same_name"),
    ({"fields": {"remains": ["quantity"]}}, "fields", "same_name"),
    ({"fields": {"rate": ["min"]}}, "fields", "same_name"),
    ({"answers": {"wrappers": [1]}}, "answers.wrappers", "not_text"),
    ({"prices": {"per": 7}}, "prices.per", "not_choice"),
    ({"prices": {"per": True}}, "prices.per", "not_choice"),
    ({"words": {"completed": ["Partial"]}}, "words.completed", "word_has_meaning"),
    ({"words": {"completed": ["7"], "partial": ["7"]}}, "words.partial", "word_has_meaning"),
    ({"words": {"completed": ["- _"]}}, "words.completed", "empty"),
    ({"words": {"success": ["Failed"]}}, "words", "text_in_two_lists"),
    ({"texts": {"refusals": ["Error!"]}}, "texts.refusals", "says_nothing"),
    ({"texts": {"refusals": ["{...}"]}}, "texts.refusals", "says_nothing"),
    ({"texts": {"refusals": ["422"]}}, "texts.refusals", "says_nothing"),
    ({"texts": {"unknown_orders": ["Try again later."]}}, "texts.unknown_orders", "says_nothing"),
    ({"texts": {"refusals": ["Invalid API key"]}}, "texts", "text_in_two_lists"),
    ({"texts": {"refusals": ["neworder.error.link_duplicate"]}}, "texts", "text_in_two_lists"),
    ({"texts": {"refusals": ["x" * 501]}}, "texts.refusals", "too_long"),
    ({"texts": {"refusals": [f"Refusal {'a' * n}" for n in range(201)]}},
     "texts.refusals", "too_many"),
    ({"limits": {"batch": 0}}, "limits.batch", "out_of_range"),
    ({"limits": {"batch": 1.5}}, "limits.batch", "not_whole"),
    ({"limits": {"add_seconds": 21}}, "limits.add_seconds", "out_of_range"),
    ({"limits": {"add_seconds": float("nan")}}, "limits.add_seconds", "out_of_range"),
    ({"limits": {"body_bytes": "big"}}, "limits.body_bytes", "not_number"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "path", "code"), NONSENSE)
def test_nonsense_is_refused_with_its_place(changes: Any, path: str, code: str) -> None:
    with pytest.raises(BadChanges) as caught:
        changed(API_V2, changes)
    assert (path, code) in {(one.path, one.code) for one in caught.value.complaints}


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadChanges) as caught:
        changed(
            API_V2,
            {
                "limits": {"batch": 0, "add_seconds": 0},
                "colours": {},
                "calling": {"method": "GET"},
            },
        )
    assert len(caught.value.complaints) == 4


def test_the_defaults_and_every_preset_are_sound() -> None:
    assert list(contradictions(API_V2)) == []
    assert changed(API_V2, {}) == API_V2 == preset("api_v2")
    for name in PRESETS:
        assert list(contradictions(preset(name))) == []
    with pytest.raises(UnknownPreset):
        preset("klingon")


def test_changes_come_on_top_of_a_preset() -> None:
    dialect = changed(
        preset("numeric_statuses"),
        {
            "words": {"completed": ["7"], "failed": ["8"]},
            "calling": {"method": "GET", "encoding": "query"},
            "limits": {"batch": 10},
        },
    )
    assert dialect.states["2"] == dialect.states["7"] == ReportState.COMPLETED
    assert dialect.states["completed"] == ReportState.COMPLETED
    assert dialect.calling.method is Method.GET
    assert dialect.calling.encoding is Encoding.QUERY
    assert (dialect.batch_limit, dialect.fields.order) == (10, ("order_id",))


def added(body: str, changes: dict[str, object]) -> str:
    return read_add(Answer(status=200, body=body.encode()), dialect=changed(API_V2, changes))


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        # A complaint under the trade's own name is seen whatever the changes call it.
        ('{"order": 5, "error": "Bad Link"}', {"fields": {"error": ["fault"]}}),
        # The trade's own name for a number counts as a mention.
        ('{"order": 5, "error": "Bad Link"}', {"fields": {"order": ["id"]}}),
        ('{"id": 5, "error": "Bad Link"}', {"fields": {"order": ["id"]}}),
        # Two numbers are none.
        ('{"id": 5, "order": 6}', {"fields": {"order": ["id", "order"]}}),
        ('{"data": {"order": 5}, "order": 6}', {"answers": {"wrappers": ["data"]}}),
        # A number inside a wrapped complaint is not missed.
        ('{"error": "Bad Link", "data": {"order": 5}}', {"answers": {"wrappers": ["data"]}}),
        ('{"error": "Bad Link", "order": null, "data": {"order": 5}}',
         {"answers": {"wrappers": ["data"]}}),
        # What was taken off the list is a doubt again.
        ('{"error": "Bad link!"}', {"texts": {"not_refusals": ["Bad Link"]}}),
        # A part of a text is not the text.
        ('{"error": "Sold out for today"}', {"texts": {"refusals": ["Sold out"]}}),
        # A wrapped nothing.
        ('{"data": []}', {"answers": {"wrappers": ["data"]}}),
        ('{"status": true, "data": {"id": 5}}', {"answers": {"wrappers": ["data"]}}),
    ],
)  # fmt: skip
def test_no_change_turns_a_doubt_into_more(body: str, changes: dict[str, object]) -> None:
    with pytest.raises(OutcomeUnknown):
        added(body, changes)


def test_a_learnt_text_is_a_refusal_with_any_number_in_it() -> None:
    with pytest.raises(Refused):
        added('{"error": "Sold out until 17."}', {"texts": {"refusals": ["Sold out until 9"]}})


def test_a_text_that_says_nothing_is_no_refusal_whoever_stored_it() -> None:
    texts = ["", "!", "error", "neworder.error.link_duplicate", "Sold out today"]
    dialect = with_refusals(API_V2, texts)
    assert dialect.refusal_texts == (*API_V2.refusal_texts, "Sold out today")


def test_every_text_of_the_trade_says_something() -> None:
    for attribute in bounds.TEXT_LISTS.values():
        assert all(map(bounds.says_something, getattr(API_V2, attribute)))
