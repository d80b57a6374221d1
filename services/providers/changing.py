"""The strict reader of changes to a dialect: whatever is stored has passed it.

Changes are an object of parts, each an object of names (docs/providers.md). Words and texts are
added to those that are there, names take their place. No change can make an answer say more than
it does: complaints are looked for under the trade's names as well, a text that says nothing proves
nothing, and a word that the whole trade uses keeps its meaning.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.providers.bounds import LIMITS, PARTS, TEXT_LISTS, Wrong, says_something
from services.providers.contradictions import Complaint, contradictions
from services.providers.dialect import (
    API_V2,
    Dialect,
    ReportState,
    contains,
    normalise_text,
    normalise_word,
)
from services.providers.shapes import Fields

# A complaint under the trade's own name is never overlooked.
ALWAYS_READ = ("error", "message", "verdict")

Checked = dict[str, dict[str, Any]]


class BadChanges(ValueError):
    """Changes that would break the client: everything that is wrong with them."""

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__("; ".join(f"{one.path}: {one.code}" for one in complaints))
        self.complaints = complaints


def changed(base: Dialect, changes: object) -> Dialect:
    """`base` with changes as JSON has them. Raises BadChanges with all complaints at once."""
    checked, complaints = _checked(changes)
    complaints += _about_words(checked.get("words", {}))
    dialect = _applied(base, checked)
    complaints += contradictions(dialect)
    if complaints:
        raise BadChanges(complaints)
    return dialect


def with_refusals(dialect: Dialect, texts: list[str]) -> Dialect:
    """The dialect and further refusals that staff have learnt. What proves nothing, and what is
    said of another running order, stays a doubt whoever stored it."""
    proofs = tuple(
        text
        for text in texts
        if says_something(text) and not contains(dialect.duplicate_link_texts, text)
    )
    return replace(dialect, refusal_texts=dialect.refusal_texts + proofs) if proofs else dialect


def _checked(changes: object) -> tuple[Checked, list[Complaint]]:
    if not isinstance(changes, dict):
        return {}, [Complaint("", "not_object")]
    checked: Checked = {}
    complaints: list[Complaint] = []
    for part, values in changes.items():
        if part not in PARTS:
            complaints.append(Complaint(str(part)[:60], "unknown_part"))
        elif not isinstance(values, dict):
            complaints.append(Complaint(part, "not_object"))
        else:
            checked[part] = _checked_part(part, values, complaints)
    return checked, complaints


def _checked_part(
    part: str, values: Mapping[str, object], complaints: list[Complaint]
) -> dict[str, Any]:
    checked = {}
    for name, value in values.items():
        path = f"{part}.{str(name)[:60]}"
        rule = PARTS[part].get(name)
        if rule is None:
            complaints.append(Complaint(path, "unknown_name", {"choices": ", ".join(PARTS[part])}))
            continue
        try:
            checked[name] = rule.check(value)
        except Wrong as wrong:
            complaints.append(Complaint(path, wrong.code, wrong.facts))
    return checked


def _about_words(words: Mapping[str, tuple[str, ...]]) -> list[Complaint]:
    """A status word has one meaning, and the trade's own words have theirs."""
    meanings: dict[str, str] = {**API_V2.states}
    complaints = []
    for state in ReportState:
        for word in words.get(state, ()):
            meaning = meanings.setdefault(normalise_word(word), state)
            if meaning != state:
                facts = {"value": word, "other": meaning}
                complaints.append(Complaint(f"words.{state}", "word_has_meaning", facts))
    return complaints


def _applied(base: Dialect, checked: Checked) -> Dialect:
    words, texts = checked.get("words", {}), checked.get("texts", {})
    answers = checked.get("answers", {})
    lists = {
        attribute: (*getattr(base, attribute), *texts.get(name, ()))
        for name, attribute in TEXT_LISTS.items()
    }
    lists["refusal_texts"] = _without(lists["refusal_texts"], texts.get("not_refusals", ()))
    limits = {LIMITS[name][0]: value for name, value in checked.get("limits", {}).items()}
    changes: dict[str, Any] = {**lists, **limits}
    return replace(
        base,
        calling=replace(base.calling, **checked.get("calling", {})),
        actions=replace(base.actions, **checked.get("actions", {})),
        parameters={**base.parameters, **checked.get("parameters", {})},
        fields=_fields(base.fields, checked.get("fields", {})),
        wrappers=answers.get("wrappers", base.wrappers),
        reports=answers.get("reports", base.reports),
        prices=replace(base.prices, **checked.get("prices", {})),
        states={**base.states, **_states(words)},
        failure_words=(*base.failure_words, *words.get("failure", ())),
        success_words=(*base.success_words, *words.get("success", ())),
        **changes,
    )


def _fields(base: Fields, names: Mapping[str, tuple[str, ...]]) -> Fields:
    read: dict[str, Any] = dict(names)
    for name in ALWAYS_READ:
        read[name] = tuple(dict.fromkeys((*getattr(base, name), *names.get(name, ()))))
    return replace(base, **read)


def _states(words: Mapping[str, tuple[str, ...]]) -> dict[str, ReportState]:
    return {normalise_word(word): state for state in ReportState for word in words.get(state, ())}


def _without(texts: tuple[str, ...], taken_out: tuple[str, ...]) -> tuple[str, ...]:
    gone = {normalise_text(text) for text in taken_out}
    return tuple(text for text in texts if normalise_text(text) not in gone)
