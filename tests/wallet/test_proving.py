"""The nightly proof: silent while the books agree, one case with the rows while they do not."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import Case, User
from tests.factories import fund
from tests.wallet.test_verify_ledger import corrupt
from wallet import proving

pytestmark = pytest.mark.django_db


def test_books_that_agree_are_no_case(alice: User, now: datetime) -> None:
    fund(alice)
    assert proving.run(at=now).is_ok
    assert not Case.objects.exists()


def test_books_that_do_not_agree_are_one_case_with_the_rows(alice: User, now: datetime) -> None:
    fund(alice)
    corrupt("UPDATE wallet_account SET balance_micros = 77 WHERE kind = 'cash'")
    for _night in range(2):
        assert not proving.run(at=now).is_ok
    case = Case.objects.open().get(kind=Case.Kind.BOOKS)
    assert '"a balance is the sum of its transfers"' in case.detail
    assert '"balance_micros": 77' in case.detail
