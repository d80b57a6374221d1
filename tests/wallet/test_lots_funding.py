"""Which orders a top-up paid for, net of what came back."""

from __future__ import annotations

from tests.wallet.histories import USD, History
from wallet.lots.funding import funded_by


def funded(history: History, root: str) -> dict[str, float]:
    return {name: micros / USD for name, micros in funded_by(history.holdings(), root).items()}


def test_an_order_may_have_two_top_ups_and_a_bonus() -> None:
    history = History().deposit(1, 50).deposit(2, 30).bonus(1, 5, tied_to=1)
    history.charge(7, 60).charge(8, 3, pot="bonus")
    assert funded(history, "deposit:1") == {"order:7": 50, "order:8": 3}
    assert funded(history, "deposit:2") == {"order:7": 10}


def test_what_came_back_does_not_count() -> None:
    history = History().deposit(1, 50).deposit(2, 30).charge(7, 60)
    history.refund(7, 25)
    assert funded(history, "deposit:1") == {"order:7": 35}
    assert funded(history, "deposit:2") == {}
    assert funded(history.refund(7, 35), "deposit:1") == {}


def test_money_that_returned_and_was_spent_again_is_still_of_its_top_up() -> None:
    history = History().deposit(1, 10).charge(7, 10).refund(7, 10).charge(8, 4)
    assert funded(history, "deposit:1") == {"order:8": 4}


def test_a_hold_and_a_dispute_are_no_orders() -> None:
    history = History().deposit(1, 50).charge(7, 10).hold("payout:1", 5, deposit=1)
    history.dispute(1, 20, deposit=1)
    assert funded(history, "deposit:1") == {"order:7": 10}
