"""A program's order from the door to its number, carried by the clerk for all who come at once.

Both round trips of a call are made by the same thread, and so is what is decided between them: who
calls waits once, and has little to do himself. The clerk carries what goes smoothly. Whatever has
to be explained to somebody - a refusal, a repeat, a term that staff look at, an error - it leaves
to the thread of the call, which has been told what was read and goes on from there, in the caller's
language. Nothing is charged for that; see docs/adr/0015 and 0020.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, Error, connections

from accounts import admission
from accounts.admission import Caller, Knock, Row
from accounts.together import Together
from orders.placing import reading
from orders.placing.asking import OrderRequest
from orders.placing.inserting import Decision, insert_many
from orders.placing.placement import decide
from orders.placing.reading import Found
from orders.refusals import OrderRefused

logger = logging.getLogger(__name__)


class Arrival(NamedTuple):
    """A call that was let in, what was read about its order, and the order if it is placed. `lost`
    is what the database raised when nobody knows whether it is."""

    caller: Caller
    found: Found
    order_id: int | None
    lost: Error | None


class _Coming(NamedTuple):
    knock: Knock
    request: OrderRequest
    may_order: Callable[[Caller], bool]


class _Come(NamedTuple):
    """What the clerk knows of a call when it is done with it."""

    row: Row
    found: Found
    caller: Caller | None = None
    order_id: int | None = None
    lost: Error | None = None


def arrive(*, knock: Knock, request: OrderRequest, may_order: Callable[[Caller], bool]) -> Arrival:
    """Counts the call, says whose it is, and places the order for a caller who `may_order` if
    nothing stands in its way: otherwise `place_order` takes it from here, but for what is lost.
    Raises admission.Refused, and what the database raises."""
    coming = _Coming(knock, request, may_order)
    # Inside a caller's transaction nobody else's call is counted.
    is_own = not connections[DEFAULT_DB_ALIAS].in_atomic_block
    come = _TOGETHER.go(coming, alone=_let_in) if is_own else _let_in(coming)
    caller = come.caller or admission.decide(come.row, knock=knock)
    return Arrival(caller, come.found, come.order_id, come.lost)


def _let_in(coming: _Coming) -> _Come:
    ((row, found),) = reading.at_the_door([(coming.knock, coming.request)])
    return _Come(row, found)


def _carry(coming: Sequence[_Coming]) -> Sequence[_Come | None]:
    try:
        read = reading.at_the_door([(one.knock, one.request) for one in coming])
    except Error:
        # To be counted twice is no harm: what failed for all is tried again by each.
        return [None] * len(coming)
    come = [_looked_at(one, row, found) for one, (row, found) in zip(coming, read, strict=True)]
    decisions = [decision for _one, decision in come if decision]
    try:
        numbers = iter(insert_many(decisions) if decisions else [])
    except Error as error:
        # For those alone whose orders were on their way.
        return [one._replace(lost=error) if decision else one for one, decision in come]
    return [one._replace(order_id=next(numbers)) if decision else one for one, decision in come]


_TOGETHER: Together[_Coming, _Come] = Together(_carry)


def _looked_at(coming: _Coming, row: Row, found: Found) -> tuple[_Come, Decision | None]:
    try:
        caller = admission.welcomed(row, knock=coming.knock)
        come = _Come(row, found, caller)
        return come, _decided(coming, caller, found) if caller else None
    except Exception:
        # Nobody's call is to fail by another's: its own thread runs into the same, and answers it.
        logger.debug("left to the thread of its call", exc_info=True)
        return _Come(row, found), None


def _decided(coming: _Coming, caller: Caller, found: Found) -> Decision | None:
    if not coming.may_order(caller):
        return None
    customer_id, request, at = caller.customer_id, coming.request, coming.knock.at
    try:
        decision = decide(customer_id=customer_id, request=request, at=at, found=found)
    except OrderRefused:
        return None
    return decision if isinstance(decision, Decision) else None
