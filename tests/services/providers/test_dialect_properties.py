"""Whatever is written into a dialect: it is refused, or the client works by it as safely as by any
other. What no change may ever do is make a yes or a no of a complaint that nobody knows."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.providers.answers import Answer
from services.providers.bounds import PARTS
from services.providers.calls import Call, request_for
from services.providers.changing import BadChanges, changed
from services.providers.dialect import API_V2, Dialect
from services.providers.errors import NotSent, OutcomeUnknown, ProviderError
from services.providers.followups import read_cancel, read_refill_statuses
from services.providers.offers import read_services
from services.providers.presets import PRESETS, preset
from services.providers.replies import read_add
from services.providers.reports import read_balance, read_statuses
from tests.services.providers.test_properties import ANSWERS, VALUES

WORDS = st.sampled_from(
    ["id", "order", "data", "token", "GET", "query", "json", "header", "path", "X-Key", "error"]
) | st.text(max_size=8)
SAID = st.one_of(WORDS, st.lists(WORDS, max_size=3), st.integers(-2, 200), st.booleans(), VALUES)
CHANGES = st.dictionaries(
    st.sampled_from(sorted(PARTS)),
    st.dictionaries(
        st.sampled_from(sorted({name for part in PARTS.values() for name in part})), SAID
    ),
    max_size=3,
)
DIALECTS = st.sampled_from(sorted(PRESETS)).map(preset)
COMPLAINING = st.dictionaries(
    st.sampled_from(["order", "id", "order_id", "data", "status", "success"]), VALUES, max_size=4
)


@settings(max_examples=250, deadline=None)
@given(base=DIALECTS, changes=CHANGES | VALUES)
def test_changes_are_refused_or_the_client_can_ask_by_them(base: Dialect, changes: object) -> None:
    with suppress(BadChanges):
        dialect = changed(base, changes)
        call = Call(action=dialect.actions.add, fields={"link": "x", "quantity": "1"}, key="k")
        with suppress(NotSent):
            request = request_for(call, path="/api", dialect=dialect)
            head = [request.path, *request.headers, *request.headers.values()]
            assert all(text.isascii() and text.isprintable() for text in head)


@settings(max_examples=300, deadline=None)
@given(dialect=DIALECTS, answer=ANSWERS)
def test_in_every_dialect_an_answer_is_read_or_a_provider_error(
    dialect: Dialect, answer: Answer
) -> None:
    with suppress(ProviderError):
        assert int(read_add(answer, dialect=dialect)) > 0
        assert 200 <= answer.status < 300
    with suppress(ProviderError):
        assert list(read_statuses(answer, asked=["1", "2"], dialect=dialect)) == ["1", "2"]
    with suppress(ProviderError):
        assert list(read_refill_statuses(answer, asked=["1"], dialect=dialect)) == ["1"]
    with suppress(ProviderError):
        read_balance(answer, dialect=dialect)
    with suppress(ProviderError):
        read_services(answer, dialect=dialect)
    with suppress(ProviderError):
        read_cancel(answer, asked="1", dialect=dialect)


@settings(max_examples=250, deadline=None)
@given(base=DIALECTS, changes=CHANGES, body=COMPLAINING)
def test_an_unknown_complaint_is_a_doubt_in_every_dialect(
    base: Dialect, changes: object, body: dict[str, object]
) -> None:
    try:
        dialect = changed(base, changes)
    except BadChanges:
        dialect = API_V2
    said = json.dumps({**body, "error": "Something that nobody knows"}).encode()
    with pytest.raises(OutcomeUnknown):
        read_add(Answer(status=200, body=said), dialect=dialect)
