from __future__ import annotations

from datetime import datetime

import pytest
from django.db import IntegrityError

from accounts import cases
from accounts.models import Case
from tests.databases import TestDatabase
from tests.races import Gate, at_once

UNCERTAIN = Case.Kind.ORDER_UNCERTAIN


def test_a_cause_has_one_open_case(db: None, now: datetime) -> None:
    first = cases.raise_case(kind=UNCERTAIN, key="order:1", detail="no answer", at=now)
    second = cases.raise_case(kind=UNCERTAIN, key="order:1", detail="again", at=now)
    assert first.pk == second.pk
    assert second.detail == "no answer"


def test_other_causes_and_kinds_have_their_own(db: None, now: datetime) -> None:
    for kind, key in ((UNCERTAIN, "1"), (UNCERTAIN, "2"), (Case.Kind.ORDER_REVIEW, "1")):
        cases.raise_case(kind=kind, key=key, detail="", at=now)
    assert Case.objects.open().count() == 3


def test_a_resolved_case_stays_and_the_cause_may_raise_another(db: None, now: datetime) -> None:
    old = cases.raise_case(kind=UNCERTAIN, key="order:1", detail="", at=now)
    assert cases.resolve_case(kind=UNCERTAIN, key="order:1", resolution="it arrived", at=now)
    new = cases.raise_case(kind=UNCERTAIN, key="order:1", detail="", at=now)
    old.refresh_from_db()
    assert (old.resolved_at, old.resolution) == (now, "it arrived")
    assert new.pk != old.pk


def test_resolving_nothing_says_so(db: None, now: datetime) -> None:
    assert not cases.resolve_case(kind=UNCERTAIN, key="order:1", resolution="", at=now)


def test_twenty_raise_one_case(fresh_db: TestDatabase, now: datetime) -> None:
    def act() -> int:
        return cases.raise_case(kind=UNCERTAIN, key="order:1", detail="", at=now).pk

    assert len(set(at_once(20, act))) == Case.objects.count() == 1


def test_look_and_insert_instead_would_fail(fresh_db: TestDatabase, now: datetime) -> None:
    look = Gate(20).after(Case.objects.open().filter(kind=UNCERTAIN, key="order:1").exists)

    def naive() -> None:
        if not look():
            Case.objects.create(kind=UNCERTAIN, key="order:1")

    with pytest.raises(IntegrityError):
        at_once(20, naive)
