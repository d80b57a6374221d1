"""The nightly proof: silent while the books agree, one case with the rows while they do not."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection

from accounts.models import Case, User
from tests.databases import TestDatabase
from tests.factories import fund
from tests.wallet.test_verify_ledger import corrupt
from wallet import proving, verification


@pytest.mark.django_db
def test_books_that_agree_are_no_case(alice: User, now: datetime) -> None:
    fund(alice)
    assert proving.run(at=now).is_ok
    assert not Case.objects.exists()


@pytest.mark.django_db
def test_books_that_do_not_agree_are_one_case_with_the_rows(alice: User, now: datetime) -> None:
    fund(alice)
    corrupt("UPDATE wallet_account SET balance_micros = 77 WHERE kind = 'cash'")
    for _night in range(2):
        assert not proving.run(at=now).is_ok
    case = Case.objects.open().get(kind=Case.Kind.BOOKS)
    assert '"a balance is the sum of its transfers"' in case.detail
    assert '"balance_micros": 77' in case.detail


def test_a_proof_sees_one_moment_writes_nothing_and_has_time(
    fresh_db: TestDatabase, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def look() -> list[verification.Finding]:
        with connection.cursor() as cursor:
            names = ("transaction_isolation", "transaction_read_only")
            for name in (*names, "idle_in_transaction_session_timeout"):
                cursor.execute(f"SHOW {name}")
                seen.append(cursor.fetchone()[0])
        return []

    monkeypatch.setattr(verification, "verify", look)
    assert verification.prove().is_ok
    assert seen == ["repeatable read", "on", "0"]
