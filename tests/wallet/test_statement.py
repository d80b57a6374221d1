"""The running balance of a statement recomputes to the micro, page by page and filter by filter
(WAL-08)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.factories import MICROS
from wallet import ledger, statement
from wallet.balances import spendable_micros
from wallet.models import Account, Transfer, TransferKind
from wallet.statement import Filter, Line, Show

START = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["deposit", "bonus", "adjust", "order", "refund", "settle"]),
        st.integers(1, 9_999_999),
        st.integers(1, 5),
    ),
    max_size=40,
)


def play(user: User, steps: list[tuple[str, int, int]], *, first: int = 0) -> None:
    """A history of `user`; a step that the books refuse leaves no line. `first` keeps its causes
    apart from those of another history."""
    for number, (act, amount, order) in enumerate(steps, start=first):
        try:
            with transaction.atomic():
                _step(user, number, act, amount, f"order:{first + order}")
        except ledger.LedgerError:
            continue


def _step(user: User, number: int, act: str, amount: int, reference: str) -> None:
    at = START + timedelta(minutes=number)
    mine: dict[str, Any] = {"customer_id": user.pk, "at": at}
    if act == "deposit":
        ledger.deposit(gateway="demo", amount_micros=amount, reference=f"deposit:{number}", **mine)
    elif act == "bonus":
        ledger.grant_bonus(amount_micros=amount, reference=f"bonus:{number}", **mine)
    elif act == "adjust":
        ledger.adjust(amount_micros=-amount, reference=f"adjustment:{number}", **mine)
    elif act == "order":
        ledger.hold_for_order(charge_micros=amount, reference=reference, **mine)
    elif act == "refund":
        ledger.refund(due_micros=amount, reference=reference, **mine)
    else:
        ledger.settle(reference=reference, at=at)


def recomputed(user: User) -> list[tuple[int, int, int]]:
    """(transfer, signed amount, balance after), newest first, by adding up from the beginning."""
    mine = set(Account.objects.filter(owner=user).values_list("pk", flat=True))
    balance, lines = 0, []
    moved = Transfer.objects.filter(Q(debit_account__in=mine) | Q(credit_account__in=mine))
    for transfer in moved.order_by("pk"):
        is_credit = transfer.credit_account_id in mine
        amount = transfer.amount_micros if is_credit else -transfer.amount_micros
        balance += amount
        lines.append((transfer.pk, amount, balance))
    return lines[::-1]


def paged(user: User, wanted: Filter = statement.EVERYTHING) -> list[Line]:
    page = statement.read_page(customer_id=user.pk, wanted=wanted)
    lines = list(page.lines)
    while page.below:
        page = statement.read_page(customer_id=user.pk, wanted=wanted, below=page.below)
        lines += page.lines
    return lines


def triples(lines: list[Line]) -> list[tuple[int, int, int]]:
    return [(line.transfer_id, line.amount_micros, line.balance_micros) for line in lines]


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_the_balance_of_every_line_recomputes_on_any_history(alice, bob, monkeypatch, steps):
    monkeypatch.setattr(statement, "PAGE_SIZE", 4)
    monkeypatch.setattr(statement, "_CHUNK", 3)
    with rolled_back():
        play(alice, steps)
        play(bob, steps[::-1], first=1000)
        expected = recomputed(alice)
        assert triples(paged(alice)) == expected
        assert triples(list(statement.read_all(customer_id=alice.pk))) == expected
        for show in (Show.TOP_UPS, Show.ORDERS, Show.REFUNDS):
            kinds = statement._KINDS[show]
            ids = set(Transfer.objects.filter(kind__in=kinds).values_list("pk", flat=True))
            assert triples(paged(alice, Filter(show=show))) == [
                line for line in expected if line[0] in ids
            ]


@pytest.fixture
def busy_alice(alice: User) -> User:
    play(alice, [("deposit", 9_000_000, 1), ("bonus", 500_000, 1)])
    for number in range(1, 61):
        ledger.hold_for_order(
            customer_id=alice.pk, charge_micros=150_000, reference=f"order:{number}", at=START
        )
    return alice


def test_the_newest_line_leaves_the_balance_of_now(busy_alice):
    page = statement.read_page(customer_id=busy_alice.pk)
    assert (
        page.lines[0].balance_micros == spendable_micros(customer_id=busy_alice.pk) == MICROS // 2
    )
    assert len(page.lines) == 25


def test_every_page_is_one_query_without_an_offset(busy_alice):
    first = statement.read_page(customer_id=busy_alice.pk)
    with CaptureQueriesContext(connection) as queries:
        statement.read_page(customer_id=busy_alice.pk, below=first.below)
    assert len(queries) == 1
    assert "OFFSET" not in queries[0]["sql"].upper()


def test_new_lines_do_not_shift_the_older_pages(busy_alice):
    first = statement.read_page(customer_id=busy_alice.pk)
    before = statement.read_page(customer_id=busy_alice.pk, below=first.below)
    play(busy_alice, [("deposit", MICROS, 1)], first=1000)
    after = statement.read_page(customer_id=busy_alice.pk, below=first.below)
    assert after == before


def test_an_address_that_was_tampered_with_shows_the_first_page(busy_alice, bob):
    first = statement.read_page(customer_id=busy_alice.pk)
    number, _dot, rest = first.below.partition(".")
    for below in (f"{number}.9{rest}", "1.5", "~", "é", first.below + "x", "1.5~" + "x" * 43):
        page = statement.read_page(customer_id=busy_alice.pk, below=below)
        assert page == first


def test_one_customers_address_is_no_address_of_another(busy_alice, bob):
    below = statement.read_page(customer_id=busy_alice.pk).below
    play(bob, [("deposit", MICROS, 1)], first=1000)
    page = statement.read_page(customer_id=bob.pk, below=below)
    assert page.is_first
    assert [line.balance_micros for line in page.lines] == [MICROS]


def test_lines_say_in_words_what_moved_and_lead_there(alice):
    steps = [("deposit", 11, 1), ("adjust", 1, 1), ("bonus", 10, 1)]
    play(alice, [*steps, ("order", 15, 3), ("refund", 2, 3)])
    lines = list(statement.read_all(customer_id=alice.pk))
    assert [(line.words, line.is_bonus, line.url) for line in reversed(lines)] == [
        ("Top-up 0", False, "/wallet/deposits/0/"),
        ("Adjustment", False, None),
        ("Bonus", True, None),
        ("Order 3", False, "/orders/3/"),
        ("Order 3", True, "/orders/3/"),
        ("Refund of order 3", True, "/orders/3/"),
    ]


def test_two_moments_keep_the_lines_between_them_and_their_balances(alice: User) -> None:
    play(alice, [("deposit", 5 * MICROS, 1), ("order", MICROS, 1), ("bonus", 7, 1)])
    every = triples(paged(alice))
    second = START + timedelta(minutes=1)
    assert triples(paged(alice, Filter(since=second))) == every[:2]
    assert triples(paged(alice, Filter(until=second))) == every[2:]
    between = Filter(since=second, until=second + timedelta(minutes=1))
    assert triples(paged(alice, between)) == every[1:2]


def test_money_on_hold_and_its_return_are_lines(alice: User) -> None:
    play(alice, [("deposit", 5 * MICROS, 1)])
    hold = partial(ledger.hold, cash_micros=2 * MICROS, bonus_micros=0)
    for move in (hold, ledger.release):
        move(customer_id=alice.pk, reference="payout:1", deposit="deposit:0", at=START)
    assert [(line.amount_micros, line.balance_micros) for line in paged(alice)] == [
        (2 * MICROS, 5 * MICROS),
        (-2 * MICROS, 3 * MICROS),
        (5 * MICROS, 5 * MICROS),
    ]


def test_every_kind_of_transfer_is_among_all() -> None:
    assert sorted(statement._KINDS[Show.ALL]) == sorted(TransferKind.values)


def test_every_kind_of_transfer_has_one_tab() -> None:
    tabs = [statement._KINDS[show] for show in Show if show != Show.ALL]
    assert sorted(itertools.chain(*tabs)) == sorted(TransferKind.values)
