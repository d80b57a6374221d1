"""The tables of docs/ledger.md, done row by row: what an accountant reads is what is booked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import User
from tests.wallet.ledger.acts import (
    AT,
    USD,
    absorb,
    accounts,
    deposit,
    dispute_of,
    give_back,
    grant,
    hold,
    order,
    pass_fee_on,
    pay_out,
    recover,
    refund,
    return_payout,
    settle_debt,
    take_back,
    unsound,
)
from wallet import ledger

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[3] / "docs" / "ledger.md"
Table = list[list[str]]


def read_tables() -> dict[str, Table]:
    """Each worked example by its heading: rows of cells, the first row names the accounts."""
    text = PAGE.read_text(encoding="utf-8")
    part = text.partition("## Worked examples")[2].partition("\n## ")[0]
    tables = {}
    for section in part.split("\n### ")[1:]:
        title, _newline, body = section.partition("\n")
        lines = [line for line in body.splitlines() if line.startswith("|")]
        rows = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines]
        tables[title] = [rows[0], *rows[2:]]
    return tables


TABLES = read_tables()


def keep_fee(_user: User, dollars: str, reference: str) -> None:
    ledger.book_gateway_fee(
        gateway="demo", amount_micros=round(float(dollars) * USD), reference=reference, at=AT
    )


def expire(user: User, dollars: str, bucket: str, root: str) -> None:
    ledger.expire(
        customer_id=user.pk,
        bucket=bucket,
        amount_micros=round(float(dollars) * USD),
        root=f"deposit:{root}",
        after_id=1,
        at=AT + timedelta(days=365),
    )


N, SUM = r"(\d+)", r"(\d+\.\d\d)"
ACTS: list[tuple[str, Callable[..., object]]] = [
    (f"top-up {N} of {SUM}", lambda u, n, x: deposit(u, int(n), float(x))),
    (f"the gateway keeps {SUM} of top-up {N}", lambda u, x, n: keep_fee(u, x, f"deposit:{n}")),
    (f"the gateway keeps {SUM} for dispute {N}", lambda u, x, n: keep_fee(u, x, f"dispute:{n}")),
    (f"the gateway gives {SUM} back for dispute {N}",
     lambda u, x, n: keep_fee(u, f"-{x}", f"dispute:{n}")),
    (f"bonus {N} of {SUM} with top-up {N}",
     lambda u, n, x, to: grant(u, int(n), float(x), tied_to=int(to))),
    (f"order {N} for {SUM}", lambda u, n, x: order(u, int(n), float(x))),
    (f"order {N} for {SUM}, bonus first",
     lambda u, n, x: order(u, int(n), float(x), spend_order="bonus_first")),
    (f"{SUM} of order {N} are due back", lambda u, x, n: refund(u, int(n), float(x))),
    (f"order {N} is canceled at our cost", lambda u, n: absorb(u, int(n))),
    (f"{SUM} of order {N} are due back to us", lambda _u, x, n: recover(int(n), float(x))),
    (f"order {N} is finished", lambda _u, n: ledger.settle(reference=f"order:{n}", at=AT)),
    (f"withdrawal {N} of top-up {N}: {SUM} and bonus {SUM} on hold",
     lambda u, n, d, x, b: hold(u, f"payout:{n}", int(d), float(x), float(b))),
    (f"withdrawal {N} of top-up {N} is sent, less {SUM}",
     lambda u, n, d, x: pay_out(u, f"payout:{n}", int(d), fee=float(x))),
    (f"withdrawal {N} of top-up {N} comes back",
     lambda u, n, d: return_payout(u, f"payout:{n}", int(d))),
    (f"dispute {N} takes {SUM} of top-up {N}",
     lambda u, n, x, d: take_back(dispute_of(u, int(n), int(d)), float(x))),
    (f"dispute {N} takes {SUM} of top-up {N}, of it alone {SUM}",
     lambda u, n, x, d, y: take_back(
         dispute_of(u, int(n), int(d)), float(x), most_cash=float(y))),
    (f"{SUM} of the fee of dispute {N} of top-up {N} are passed on",
     lambda u, x, n, d: pass_fee_on(dispute_of(u, int(n), int(d)), float(x))),
    ("the debt is paid as far as it goes", settle_debt),
    (f"dispute {N} of top-up {N} is won", lambda u, n, d: give_back(dispute_of(u, int(n), int(d)))),
    (f"decision {N} forfeits everything",
     lambda u, n: ledger.forfeit(customer_id=u.pk, reference=f"decision:{n}", at=AT)),
    (f"decision {N} is undone",
     lambda u, n: ledger.return_forfeiture(customer_id=u.pk, reference=f"decision:{n}", at=AT)),
    (f"a year is over: {SUM} of (cash|bonus) of top-up {N} end", expire),
]  # fmt: skip


def do(user: User, event: str) -> None:
    for pattern, act in ACTS:
        if found := re.fullmatch(pattern, event):
            act(user, *found.groups())
            return
    raise AssertionError(f"no act is called {event!r}")


def read_cells(names: list[str], cells: list[str]) -> dict[str, float]:
    pairs = zip(names, cells, strict=True)
    return {name: float(cell.replace("−", "-")) for name, cell in pairs if cell}


def changes(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    moved = {name: after.get(name, 0) - before.get(name, 0) for name in before | after}
    return {name: round(dollars, 6) for name, dollars in moved.items() if round(dollars, 6)}


@pytest.mark.parametrize("title", TABLES)
def test_the_books_say_what_the_page_says(alice: User, title: str) -> None:
    (_event, *names), *rows = TABLES[title]
    for event, *cells in rows[:-1]:
        before = accounts(alice)
        do(alice, event)
        assert changes(before, accounts(alice)) == read_cells(names, cells), event
        assert sum(read_cells(names, cells).values()) == pytest.approx(0), event
    assert rows[-1][0] == "sum"
    assert accounts(alice) == read_cells(names, rows[-1][1:])
    assert unsound() == []


def test_every_example_is_read() -> None:
    assert len(TABLES) == 8
    assert sum(len(table) - 2 for table in TABLES.values()) == 45


def test_a_wrong_cell_is_noticed(alice: User) -> None:
    do(alice, "top-up 1 of 50.00")
    assert changes({}, accounts(alice)) != read_cells(["cash"], ["+49.99"])
