"""The five presets, proven: what each promises is what the panel does, to the cent (REF-17).

Twelve probes on each of five presets are sixty outcomes. Each is either found by acting, or it
hangs on a value that `legal.execution` refuses to publish until code carries it out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from legal.execution import NotExecutable, check_executable
from legal.models import Publication
from legal.policy import SETTINGS
from legal.presets import PRESETS, STARTER
from tests.policies import expected, further, probes
from tests.policies.expected import Later
from tests.policies.gaps import NOT_YET, publishable
from tests.policies.probes import Probe
from tests.policies.world import World
from wallet import verification

_ALL = [(probes.TWELVE[number], row) for number, row in expected.TWELVE.items()]
_ALL += expected.FURTHER.items()
CELLS = [
    (probe, preset, outcome)
    for probe, row in _ALL
    for preset, outcome in zip(PRESETS, row, strict=True)
]
FOUND = [
    pytest.param(probe, preset, outcome, id=f"{probe.__name__}-{preset}")
    for probe, preset, outcome in CELLS
    if isinstance(outcome, str)
]
LATER = [
    pytest.param(preset, outcome.key, id=f"{probe.__name__}-{preset}")
    for probe, preset, outcome in CELLS
    if isinstance(outcome, Later)
]


def refused(preset: str) -> set[str]:
    """The settings of a preset that cannot be published."""
    try:
        check_executable(PRESETS[preset])
    except NotExecutable as refusal:
        return {problem.partition(":")[0] for problem in refusal.problems}
    return set()


@pytest.mark.django_db
@pytest.mark.parametrize(("probe", "preset", "outcome"), FOUND)
def test_what_a_preset_promises_is_what_happens(
    world: World, probe: Probe, preset: str, outcome: str
) -> None:
    assert probe(world) == outcome
    findings = [verification.run(check) for check in verification.CHECKS]
    assert [finding for finding in findings if not finding.is_ok] == []


@pytest.mark.parametrize(("preset", "key"), LATER)
def test_what_a_preset_promises_for_later_cannot_be_published(preset: str, key: str) -> None:
    promised: dict[str, Any] = {SETTINGS[key].attribute: PRESETS[preset].value(key)}
    with pytest.raises(NotExecutable, match=rf"^{key}: "):
        check_executable(replace(STARTER, **promised))


def test_every_preset_has_an_outcome_for_each_of_twelve_probes() -> None:
    rows = [expected.TWELVE[number] for number in range(1, 13)]
    assert [len(row) for row in rows] == [len(PRESETS)] * 12
    later = [cell for row in rows for cell in row if isinstance(cell, Later)]
    assert (len(rows) * len(PRESETS), len(later)) == (60, 2)
    assert set(expected.FURTHER) == set(further.FURTHER)


@pytest.mark.parametrize("preset", PRESETS)
def test_only_what_is_listed_stands_between_a_preset_and_its_publication(preset: str) -> None:
    assert refused(preset) == set(NOT_YET[preset])
    check_executable(publishable(preset))


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_but_the_refused_values_is_replaced(preset: str) -> None:
    mine, asked = publishable(preset), PRESETS[preset]
    changed = {key for key in SETTINGS if mine.value(key) != asked.value(key)}
    assert changed == set(NOT_YET[preset])


def test_no_promise_about_money_waits() -> None:
    waiting = {key.partition(".")[0] for keys in NOT_YET.values() for key in keys}
    assert waiting.isdisjoint({"withdraw", "wallet", "bonus", "chargeback"})


@pytest.mark.django_db
@pytest.mark.parametrize("preset", [preset for preset in PRESETS if NOT_YET[preset]])
def test_no_preset_is_published_as_it_is_while_something_waits(preset: str) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("install_legal", preset=preset)
    assert all(f"{key}: " in str(refusal.value) for key in NOT_YET[preset])
    assert not Publication.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("preset", [preset for preset in PRESETS if not NOT_YET[preset]])
def test_a_preset_that_can_be_kept_is_published_as_it_is(preset: str) -> None:
    call_command("install_legal", preset=preset)
    assert Publication.objects.current().get_policy() == PRESETS[preset]
