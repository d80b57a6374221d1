"""The form of a dialect: lines in, checked changes out, and the same lines again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.http import QueryDict

from services.dialects import PRESETS, dialect_from, sentence
from services.endpoints import dialect_of
from services.health import probing
from services.health.probing import Heard
from services.models import Provider
from services.providers import bounds, changing, contradictions, presets
from services.providers.contradictions import Complaint
from services.providers.dialect import ReportState
from services.providers.errors import NotSent
from services.providers.shapes import KeyPlace
from services.staff.dialect_form import DialectForm

LINES = {
    "dialect_preset": "numeric_statuses",
    "refusal_texts": "Sold out today\r\n\r\n Sold out today \r\nLink is dead",
    "dialect_calling": "key_place: header\nkey_name: X-Api-Key\nhas_open_price_list: yes",
    "dialect_fields": "order: order_id, id",
    "dialect_words": "completed: 7, selesai",
    "dialect_limits": "batch: 20\nconnect_seconds: 2.5",
    "dialect_texts_account_refusals": "Top up first, please",
}
CHANGES = {
    "calling": {"key_place": "header", "key_name": "X-Api-Key", "has_open_price_list": True},
    "fields": {"order": ["order_id", "id"]},
    "words": {"completed": ["7", "selesai"]},
    "limits": {"batch": 20, "connect_seconds": 2.5},
    "texts": {"account_refusals": ["Top up first, please"]},
}


def posted(values: dict[str, str]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in values.items():
        query[name] = value
    return query


def saved(values: dict[str, str]) -> Provider:
    form = DialectForm(posted(values))
    assert form.is_valid(), form.errors
    provider = Provider()
    form.apply_to(provider)
    return provider


def test_lines_become_checked_changes_that_the_client_speaks_by() -> None:
    provider = saved(LINES)
    assert provider.dialect_preset == "numeric_statuses"
    assert provider.dialect_changes == CHANGES
    dialect = dialect_of(provider)
    assert dialect.calling.key_place is KeyPlace.HEADER
    assert dialect.states["7"] is ReportState.COMPLETED
    assert (dialect.batch_limit, dialect.connect_timeout_seconds) == (20, 2.5)
    assert "Link is dead" in dialect.refusal_texts
    assert dialect.account_refusal_texts[-1] == "Top up first, please"


def test_what_is_stored_stands_in_the_form_again() -> None:
    provider = saved(LINES)
    form = DialectForm(provider=provider)
    shown = {bound.name: str(bound.value() or "") for bound in form}
    again = saved(shown)
    assert again.dialect_changes == provider.dialect_changes
    assert again.refusal_texts == provider.refusal_texts
    opened = [group.title for group in form.groups() if group.is_open]
    assert opened == ["How it is asked", "How it answers", "Texts it is known by", "Limits"]


def test_an_empty_form_is_api_v2_without_changes() -> None:
    provider = saved({"dialect_preset": "api_v2"})
    assert (provider.dialect_changes, provider.refusal_texts) == ({}, [])
    assert not any(group.is_open for group in DialectForm(provider=provider).groups())


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("dialect_calling", "method GET", "write “name: value”"),
        ("dialect_calling", "method: GET\nmethod: POST", "stands there twice"),
        ("dialect_calling", "method: PUT", "method: choose one of: POST, GET"),
        ("dialect_calling", "method: GET", "choose query"),
        ("dialect_calling", "sends_numbers: maybe", "yes or no"),
        ("dialect_limits", "batch: many", "a number is expected"),
        ("dialect_limits", "batch: 1e400", "from 1 to 100"),
        ("dialect_limits", "batch: nan", "from 1 to 100"),
        ("dialect_fields", "order: error", "both order and error"),
        ("dialect_words", "completed: partial", "means partial already"),
        ("refusal_texts", "Error", "says nothing for certain"),
        ("refusal_texts", "Too many requests", "in Refusals and in Too many calls"),
        ("dialect_texts_unknown_orders", "404", "says nothing for certain"),
        ("dialect_preset", "klingon", "not one of the available choices"),
    ],
)
def test_what_would_break_the_client_is_said_beside_its_field(
    field: str, text: str, words: str
) -> None:
    form = DialectForm(posted({"dialect_preset": "api_v2", field: text}))
    assert not form.is_valid()
    assert words in " ".join(map(str, form.errors.get(field, [])))


def test_a_row_that_no_form_has_checked_sends_nothing() -> None:
    for provider in (
        Provider(dialect_changes={"limits": {"batch": 0}}),
        Provider(dialect_preset="klingon"),
    ):
        with pytest.raises(NotSent, match="dialect"):
            dialect_of(provider)
        assert probing.ask(provider) == Heard(None, "not sent: dialect")


def test_every_preset_and_every_complaint_has_its_words() -> None:
    assert PRESETS.keys() == presets.PRESETS.keys()
    facts = dict.fromkeys(("choices", "most", "value", "low", "high", "one", "other"), "something")
    for module in (bounds, contradictions, changing):
        codes = module_codes(module.__file__ or "")
        assert codes
        for code in codes:
            assert "%" not in sentence(Complaint("part.name", code, facts))


def module_codes(path: str) -> set[str]:
    source = Path(path).read_text()
    return set(re.findall(r'Wrong\("(\w+)"', source)) | set(
        re.findall(r'Complaint\([^"]*"[^"]*", "(\w+)"', source)
    )


def test_the_same_row_is_built_once() -> None:
    row = {"limits": {"batch": 7}}
    one = dialect_from(preset_name="api_v2", changes=row, refusal_texts=["Sold out"])
    other = dialect_from(preset_name="api_v2", changes=dict(row), refusal_texts=["Sold out"])
    assert one is other
