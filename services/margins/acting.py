"""What may be done to many prices at once, and what it makes of one.

Never below cost, but where the service may be sold so: the cost stops the price. Source:
docs/prices.md, "Many prices at once".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from services.margins import arithmetic
from services.margins.effects import Line
from services.margins.reading import Priced, Terms
from services.margins.repricing import Today
from services.models import Service
from wallet.money import MAX_MICROS


class Kind(StrEnum):
    """What is done to a price."""

    PERCENT = "percent"
    AMOUNT = "amount"
    MARGIN = "margin"
    PRICE = "price"
    RULES = "rules"
    HAND = "hand"


class LeftOut(StrEnum):
    """Why a chosen service cannot be changed so."""

    NO_COST = "no_cost"
    NO_RULE = "no_rule"
    TOO_HIGH = "too_high"
    STILL_OFF = "still_off"


@dataclass(frozen=True, slots=True)
class Act:
    """`value` is in hundredths of a percent for PERCENT and MARGIN, in micros for AMOUNT and PRICE;
    of PERCENT and AMOUNT below zero where prices fall. New prices are whole multiples of the
    step, but for PRICE, which is taken as it is."""

    kind: Kind
    value: int = 0
    step_micros: int = 1


def decide(row: Priced, act: Act, found: Today) -> Line | LeftOut:
    """The line of one service, changed or not; or why it cannot be changed so."""
    if act.kind == Kind.HAND:
        return Line(row, replace(row.terms, priced_by=Service.PricedBy.HAND.value))
    floor = found.floor(row)
    wanted = _price(row, act, floor, found)
    if isinstance(wanted, LeftOut):
        return wanted
    price = wanted if row.may_lose else _covering(floor or 0, wanted, act)
    if price > MAX_MICROS:
        return LeftOut.TOO_HIGH
    if row.is_off_for_cost and price > wanted:
        return LeftOut.STILL_OFF
    by = Service.PricedBy.RULE if act.kind == Kind.RULES else Service.PricedBy.HAND
    terms = _sold(row, price, by, floor)
    return Line(row, terms, is_at_cost=price > wanted)


def _price(row: Priced, act: Act, floor: int | None, found: Today) -> int | LeftOut:
    match act.kind:
        case Kind.RULES:
            price = found.price(row)
            return LeftOut.NO_RULE if price is None else price
        case Kind.MARGIN:
            return LeftOut.NO_COST if floor is None else _with_margin(floor, act)
        case Kind.PRICE:
            return act.value
        case Kind.AMOUNT:
            return _stepped(row, row.terms.rate_micros + act.value, act)
        case _:
            return _stepped(row, arithmetic.changed_by(row.terms.rate_micros, act.value), act)


def _stepped(row: Priced, wanted_micros: int, act: Act) -> int:
    """Rounded up, but a price that is to fall never rises for it."""
    price = arithmetic.up_to_step(wanted_micros, act.step_micros)
    return min(price, row.terms.rate_micros) if act.value < 0 else price


def _with_margin(floor_micros: int, act: Act) -> int:
    return arithmetic.with_margin(
        floor_micros, percent_bp=act.value, fixed_micros=0, step_micros=act.step_micros
    )


def _covering(floor_micros: int, wanted_micros: int, act: Act) -> int:
    if wanted_micros >= floor_micros:
        return wanted_micros
    return arithmetic.up_to_step(floor_micros, act.step_micros)


def _sold(row: Priced, price: int, by: Service.PricedBy, floor: int | None) -> Terms:
    terms = replace(row.terms, rate_micros=price, priced_by=by.value, floor_micros=floor)
    if floor is not None:
        terms = replace(terms, accepted_micros=floor)
    if row.may_return and floor is not None:
        return replace(terms, is_active=True, off_reason="")
    return terms
