"""How prices are computed: pure, on whole millionths, and always rounded up.

Up, because a price that is rounded down can fall below the cost that it was made of. There is no
second place: previews, changes and "why this price?" all come here. Source: docs/prices.md.
"""

from __future__ import annotations

from services.costs import WHOLE_BP, in_dollars
from wallet.money import MAX_MICROS


def up_to_step(amount_micros: int, step_micros: int) -> int:
    """The next whole multiple of the step; at least one step, for nothing is sold for nothing."""
    return max(-(-amount_micros // step_micros), 1) * step_micros


def changed_by(amount_micros: int, percent_bp: int) -> int:
    """The amount and so many hundredths of a percent more (or, below zero, less), rounded up."""
    return -(-amount_micros * (WHOLE_BP + percent_bp) // WHOLE_BP)


def with_margin(cost_micros: int, *, percent_bp: int, fixed_micros: int, step_micros: int) -> int:
    """A price made of a cost: cost + percent + fixed, rounded up to a step, never below the cost.
    All in millionths of a dollar."""
    wanted = changed_by(cost_micros, percent_bp) + fixed_micros
    return up_to_step(max(wanted, cost_micros), step_micros)


def floor_of(cost_micros: int, per_dollar_micros: int | None) -> int | None:
    """A cost in millionths of a dollar, rounded up; None where there is no rate, or one with
    which the cost is more than any honest amount."""
    if per_dollar_micros is None:
        return None
    dollars = in_dollars(amount_micros=cost_micros, per_dollar_micros=per_dollar_micros)
    return dollars if dollars <= MAX_MICROS else None


def margin_bp(rate_micros: int, floor_micros: int | None) -> int | None:
    """What the price adds to the cost in hundredths of a percent of the cost, rounded down;
    None where there is no cost to compare with."""
    if not floor_micros:
        return None
    return (rate_micros - floor_micros) * WHOLE_BP // floor_micros


def change_bp(old_micros: int, new_micros: int) -> int:
    """By how many hundredths of a percent a price changes, rounded towards the lower."""
    return (new_micros - old_micros) * WHOLE_BP // old_micros if old_micros else 0


def rises_beyond(old_micros: int, new_micros: int, limit_bp: int) -> bool:
    """Whether a cost rose by more than a limit allows; exact, without a division."""
    return new_micros * WHOLE_BP > old_micros * (WHOLE_BP + limit_bp)
