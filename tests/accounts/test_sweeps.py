"""A sweep goes on behind a row that cannot be served, and says which that was."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import sweeps
from accounts.models import User

pytestmark = pytest.mark.django_db


def test_what_is_wrong_with_one_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    served = []

    def act(number: int) -> None:
        if number == 2:
            raise ArithmeticError("the books of this one")
        served.append(number)

    assert sweeps.each("order", [1, 2, 3], act) == 2
    assert served == [1, 3]
    assert [record.getMessage() for record in caplog.records] == [
        "order 2 is left to the next sweep"
    ]
    assert caplog.records[0].exc_info


def test_only_what_was_acted_on_counts() -> None:
    assert sweeps.each("order", range(4), lambda one: one > 1) == 2


def test_what_the_database_refuses_of_one_is_of_that_one(alice: User, bob: User) -> None:
    def act(number: int) -> None:
        with transaction.atomic():
            reason = "A test" if number == bob.pk else None
            User.objects.filter(pk=number).update(standing_reason=reason)

    assert sweeps.each("user", [alice.pk, bob.pk], act) == 1


def test_a_database_that_is_away_ends_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def act(number: int) -> None:
        tried.append(number)
        raise DatabaseError("server closed the connection")

    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(DatabaseError):
        sweeps.each("order", [1, 2, 3], act)
    assert tried == [1]
