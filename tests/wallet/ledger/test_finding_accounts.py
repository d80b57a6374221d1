"""Finding an account: by index, however many customers there are."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import User
from wallet.models import Account

CUSTOMERS = 1_000
WHOLE_READS = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'wallet_account'"


@pytest.fixture
def accounts() -> None:
    people = [User(email=f"{number}@example.com", password="!") for number in range(CUSTOMERS)]
    owners = User.objects.bulk_create(people)
    Account.objects.bulk_create(Account(owner=owner, kind="cash") for owner in owners)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_account(NULL, 'escrow')")
        cursor.execute("ANALYZE wallet_account")
        cursor.execute("DISCARD PLANS")


def whole_reads(statement: str) -> int:
    """How often the statement read the table from its beginning."""
    with connection.cursor() as cursor:
        cursor.execute(WHOLE_READS)
        before = cursor.fetchone()[0]
        cursor.execute(statement)
        cursor.execute(WHOLE_READS)
        return int(cursor.fetchone()[0] - before)


@pytest.mark.django_db
def test_no_account_is_looked_for_in_the_whole_table(accounts: None) -> None:
    owner = Account.objects.filter(kind="cash").values_list("owner_id", flat=True)[CUSTOMERS // 2]
    assert whole_reads("SELECT ledger_account(NULL, 'escrow')") == 0
    assert whole_reads(f"SELECT ledger_account({owner}, 'cash')") == 0
