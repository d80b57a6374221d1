"""Random histories of every kind of transfer: what holds for all of them, in every order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wallet.histories import TERMS, USD, History, expires_after, withdrawable
from wallet.lots.fold import BrokenHistory, fold
from wallet.lots.holdings import Holdings
from wallet.lots.movements import DEBT, FROZEN, SPENDABLE, Bucket, LotKind, Movement
from wallet.lots.payback import explain

RULE = expires_after(1)
NUMBERS = st.integers(1, 2)
CENTS = st.integers(100, 2_000).map(lambda cents: cents / 100)
POTS = st.sampled_from(["cash", "bonus"])
HOUSE_OF = {"cash": "gateway_clearing", "bonus": "promotion"}
# (kind, route); {p} is a bucket, {h} where its money goes in the house. A scene is what often
# follows each other; what a scene leaves open, another one may go on with.
HOLD, CHARGE = ("hold", "{p} > {p}_hold"), ("order_charge", "{p} > escrow")
ORDER_SCENES = [
    [CHARGE, ("order_refund", "escrow > {p}"), ("order_refund", "escrow > {p}")],
    [CHARGE, ("order_revenue", "escrow > revenue")],
    [("order_refund", "escrow > {p}")],
]
SCENES = {
    "order": ORDER_SCENES,
    "withdrawal": [
        [HOLD, ("release", "{p}_hold > {p}")],
        [("hold", "cash > cash_hold"), ("withdrawal", "cash_hold > gateway_clearing")],
        [("withdrawal_return", "gateway_clearing > cash")],
        [("hold", "bonus > bonus_hold"), ("bonus_cancel", "bonus_hold > promotion")],
        [("bonus_return", "promotion > bonus")],
    ],
    "dispute": [
        [("dispute", "cash > gateway_clearing"), ("dispute", "debt > gateway_clearing")],
        [("debt_settlement", "cash > debt"), ("debt_return", "debt > cash")],
        [("dispute_return", "gateway_clearing > cash")],
        [("dispute_return", "gateway_clearing > debt")],
    ],
    "adjustment": [[("adjustment", "adjustment > cash")], [("adjustment", "cash > adjustment")]],
    "bonus": [[("bonus_grant", "promotion > bonus")]],
    "goodwill": [[("goodwill_grant", "goodwill > bonus")]],
    "expiry": [[("expiry", "{p} > {h}")]],
    "forfeiture": [[("forfeiture", "{p} > {h}"), ("forfeiture_return", "{h} > {p}")]],
}
UNTIED = {"order", "adjustment", "goodwill", "forfeiture"}
ACTS = st.sampled_from([(name, scene) for name, scenes in SCENES.items() for scene in scenes])


@st.composite
def histories(draw: st.DrawFn) -> list[Movement]:
    """Each transfer was tried with the sums that lie about, from the largest down, until
    the fold accepted it and the deposit could bear it, as a verb sees to."""
    history = History().deposit(1, draw(CENTS)).wait(hours=1).deposit(2, draw(CENTS))
    history.bonus(1, draw(CENTS), tied_to=1)
    holdings = fold(history.movements, expires_at=RULE)
    for _act in range(draw(st.integers(5, 20))):
        name, scene = draw(ACTS)
        number, pot = draw(NUMBERS), draw(POTS)
        origin = None if name in UNTIED else f"deposit:{number}"
        for kind, route in scene:
            history.wait(days=draw(st.integers(0, 9)))
            share = draw(st.sampled_from([100, 100, 50, 7]))
            for amount in _sums(holdings):
                dollars, pots = amount * share // 100 / USD, route.format(p=pot, h=HOUSE_OF[pot])
                history.move(kind, dollars, pots, f"{name}:{number}", origin)
                if after := _after(holdings, history.movements[-1]):
                    holdings = after
                    break
                history.movements.pop()
    return history.movements


def _sums(holdings: Holdings) -> list[int]:
    found = {lot.remaining_micros for lot in holdings.lots} | {holdings.debt_micros}
    found |= {holdings.spendable_micros(bucket) for bucket in Bucket}
    found |= {room(holdings, deposit.reference) for deposit in holdings.deposits}
    found |= {sum(part.amount_micros for part in taken.parts) for taken in holdings.allocations}
    return sorted(found, reverse=True)


def _after(holdings: Holdings, move: Movement) -> Holdings | None:
    try:
        after = fold([move], expires_at=RULE, start=holdings)
    except BrokenHistory:
        return None
    if (
        move.kind == "hold"
        and move.from_pot == "cash"
        and move.amount_micros > payable(holdings, move)
    ):
        return None
    return after if all(room(after, each.reference) >= 0 for each in after.deposits) else None


def room(holdings: Holdings, deposit: str) -> int:
    """What the charge of a deposit still bears."""
    sums = holdings.deposit(deposit)
    own = (lot for lot in holdings.lots if lot.root == deposit and lot.bucket is Bucket.CASH)
    held = sum(lot.frozen_micros for lot in own)
    return sums.amount_micros - sums.paid_out_micros - sums.disputed_micros - held


def payable(holdings: Holdings, move: Movement) -> int:
    assert move.origin
    return withdrawable(holdings, move.origin, terms=TERMS, at=move.at)


def balances(movements: list[Movement]) -> Counter[str]:
    """The accounts as the database would carry them: one rule for all kinds."""
    found: Counter[str] = Counter()
    for movement in movements:
        found[movement.from_pot] -= movement.amount_micros
        found[movement.to_pot] += movement.amount_micros
    return found


@given(histories())
@settings(max_examples=100, deadline=None)
def test_after_every_transfer_the_lots_are_the_balances(movements: list[Movement]) -> None:
    for count in range(len(movements) + 1):
        head = movements[:count]
        holdings, accounts = fold(head, expires_at=RULE), balances(head)
        for pot, bucket in SPENDABLE.items():
            assert holdings.spendable_micros(bucket) == accounts[pot]
        for pot, bucket in FROZEN.items():
            assert holdings.frozen_micros(bucket) == accounts[pot]
        assert holdings.debt_micros == -accounts[DEBT]
        for lot in holdings.lots:
            assert min(lot.remaining_micros, lot.frozen_micros) >= 0
            assert lot.remaining_micros + lot.frozen_micros <= lot.amount_micros


@given(histories(), st.data())
@settings(max_examples=100, deadline=None)
def test_replay_in_pieces_equals_one_replay(movements: list[Movement], data: st.DataObject) -> None:
    whole = fold(movements, expires_at=RULE)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(movements)), min_size=1, max_size=3)))
    holdings = Holdings()
    for begin, end in zip([0, *cuts], [*cuts, len(movements)], strict=True):
        holdings = fold(movements[begin:end], expires_at=RULE, start=holdings)
        holdings = Holdings.from_json(holdings.to_json())
    assert holdings == whole


@given(histories())
@settings(max_examples=100, deadline=None)
def test_paid_out_and_disputed_never_exceed_the_deposit(movements: list[Movement]) -> None:
    holdings = fold(movements, expires_at=RULE)
    paybacks = explain(holdings, terms_of=lambda _deposit: TERMS, at=movements[-1].at)
    for line in paybacks:
        out = line.paid_out_micros + line.disputed_micros + line.held_micros
        assert 0 <= line.payable_micros <= line.amount_micros - out
        assert line.payable_micros <= line.left_micros


@given(histories())
@settings(max_examples=100, deadline=None)
def test_bonus_never_becomes_cash(movements: list[Movement]) -> None:
    only_cash = [move for move in movements if "bonus" not in move.from_pot + move.to_pot]
    holdings = fold(movements, expires_at=RULE)
    cash = [lot for lot in holdings.lots if lot.bucket is Bucket.CASH]
    alone = fold(only_cash, expires_at=RULE)
    assert not {LotKind.BONUS, LotKind.GOODWILL} & {lot.kind for lot in cash}
    assert [replace(lot, id=0) for lot in cash] == [replace(lot, id=0) for lot in alone.lots]


@given(st.permutations(range(6)), CENTS, CENTS)
def test_events_that_commute_leave_the_same_money(
    order: list[int], first: float, second: float
) -> None:
    def after(steps: list[int]) -> Counter[tuple[str, str, str]]:
        history = History().deposit(1, 20).deposit(2, 20).charge(1, 20).charge(2, 5)
        events = [
            lambda: history.refund(1, first),
            lambda: history.refund(2, second / 4),
            lambda: history.deposit(3, 9),
            lambda: history.bonus(1, 5, tied_to=1),
            lambda: history.hold("withdrawal:1", 7, deposit=2),
            lambda: history.move("goodwill_grant", 2, "goodwill > bonus", "goodwill:1"),
        ]
        for step in steps:
            events[step]()
        return sums_of(history.holdings())

    assert after(order) == after(sorted(order))


def sums_of(holdings: Holdings) -> Counter[tuple[str, str, str]]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for lot in holdings.lots:
        sums[lot.root, lot.bucket, "remaining"] += lot.remaining_micros
        sums[lot.root, lot.bucket, "frozen"] += lot.frozen_micros
    return sums
