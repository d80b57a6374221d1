"""Two people at once: what waits is carried out once, and limits are not passed side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import pytest

from accounts.models import User
from tests.cast import person
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.races import Gate, all_at_once
from tests.wallet.deciding import agreed, proposed
from wallet import verification
from wallet.decisions import deciding as decisions
from wallet.decisions.deciding import DecisionRefused
from wallet.models import BonusGrant, Decision
from wallet.pots import pots_of

Kind = Decision.Kind
TIMES = 8


def decide(acts: Sequence[Callable[[], Decision]]) -> int:
    """Does all of it at once; returns how many were not refused."""

    def run(act: Callable[[], Decision]) -> int:
        try:
            act()
        except DecisionRefused:
            return 0
        return 1

    return sum(all_at_once(*[partial(run, act) for act in acts]))


def everybody_agrees(alice: User, fiona: User) -> int:
    waiting = proposed(Kind.GOODWILL, alice, by=fiona, dollars=40)
    others = [person(f"finance{number}", group="Finance") for number in range(TIMES)]
    return decide([partial(agreed, waiting, by=by) for by in others])


def test_many_agree_at_once_and_it_is_done_once(
    fresh_db: TestDatabase, alice: User, fiona: User
) -> None:
    assert everybody_agrees(alice, fiona) == 1
    assert (BonusGrant.objects.count(), pots_of(customer_id=alice.pk).bonus) == (1, 40 * MICROS)
    assert [finding for finding in verification.verify() if not finding.is_ok] == []


def test_without_the_row_lock_each_of_them_gives(
    fresh_db: TestDatabase, alice: User, fiona: User, monkeypatch: pytest.MonkeyPatch
) -> None:

    def look(decision_id: int) -> Decision:
        return Decision.objects.waiting().get(pk=decision_id)

    monkeypatch.setattr(decisions, "_waiting", Gate(TIMES).after(look))
    assert everybody_agrees(alice, fiona) == TIMES
    assert pots_of(customer_id=alice.pk).bonus == TIMES * 40 * MICROS


def one_person_gives(alice: User, sam: User) -> int:
    """Five dollars TIMES times from as many windows; returns what was given without a second."""
    decide([lambda: proposed(Kind.GOODWILL, alice, by=sam, dollars=5) for _ in range(TIMES)])
    return pots_of(customer_id=alice.pk).bonus


def test_one_person_in_many_windows_stays_within_the_limit(
    fresh_db: TestDatabase, alice: User, sam: User
) -> None:
    assert one_person_gives(alice, sam) == 5 * MICROS


def test_without_the_lock_of_the_person_the_limit_is_passed(
    fresh_db: TestDatabase, alice: User, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Gate(TIMES).after(decisions.RULES[Kind.GOODWILL].needs_second)
    monkeypatch.setattr(decisions, "_lock_proposer", lambda _by: None)
    rule = replace(decisions.RULES[Kind.GOODWILL], needs_second=look)
    monkeypatch.setattr(decisions, "RULES", {Kind.GOODWILL: rule})
    assert one_person_gives(alice, sam) == TIMES * 5 * MICROS
