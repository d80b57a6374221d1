"""The twelve probes: what is asked of every preset. A probe acts, and returns in a few words what
came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from orders.ending import claim_decisions, claims
from orders.ending.proposals import Actor
from orders.followups import asking
from orders.models import Claim, FollowUp, Order, Status
from orders.refusals import OrderRefused, RefusalCode
from tests.policies.gaps import publishable
from tests.policies.reversal import reversed_payment
from tests.policies.world import START, World, after, dollars
from wallet import expiring
from wallet.models import ExpiryNotice

# The undo time of every preset is over by then.
A_MINUTE = timedelta(minutes=1)


def withdraw_on_day_1(world: World) -> str:
    return world.withdraw(world.top_up(), 50, at=after(days=1))


def withdraw_on_day_13(world: World) -> str:
    return world.withdraw(world.top_up(), 50, at=after(days=13))


def withdraw_on_day_15(world: World) -> str:
    return world.withdraw(world.top_up(), 50, at=after(days=15))


def cancel_pending(world: World) -> str:
    """An order that nobody has sent, after its undo time."""
    return cancel_each(world, lambda order: order, later=A_MINUTE)


def cancel_in_progress(world: World) -> str:
    def begun(order: Order) -> Order:
        return world.sent(order, at=START + A_MINUTE, as_=Status.IN_PROGRESS)

    return cancel_each(world, begun, later=2 * A_MINUTE)


def cancel_each(world: World, bring: Callable[[Order], Order], *, later: timedelta) -> str:
    """Of an order of a service that cannot be stopped, and of one that can: both are brought to
    where they are canceled."""
    world.top_up()
    outcomes = []
    for can_cancel in (False, True):
        world.service.can_cancel = can_cancel
        world.service.save()
        order = world.order(at=START, link=f"https://example.com/p/{can_cancel}")
        outcomes.append(_cancel(world, bring(order), at=START + later))
    return " / ".join(outcomes)


def _cancel(world: World, order: Order, *, at: datetime) -> str:
    try:
        asking.ask(
            order_id=order.pk, customer_id=world.customer.pk, kind=FollowUp.Kind.CANCEL, at=at
        )
    except asking.CannotAsk:
        return "refused"
    asked = Order.objects.get(pk=order.pk)
    if asked.absorbed_micros:
        back, borne = dollars(asked.refunded_micros), dollars(asked.absorbed_micros)
        return f"{back} back, {borne} borne by us"
    if asked.refunded_micros:
        return f"{dollars(asked.refunded_micros)} back"
    ended = world.report(order, Status.PARTIAL, remains=600, at=at + A_MINUTE)
    return f"asked for, {dollars(ended.refunded_micros)} back after a report of 600 undelivered"


def partial_report(world: World) -> str:
    """Of 10.00 for 1,000 units, 300 are not delivered."""
    world.top_up()
    order = world.sent(world.order(10, at=START), at=START + A_MINUTE)
    done = world.report(order, Status.PARTIAL, remains=300, at=after(days=1))
    claim = done.claims.first()
    if claim is None:
        return f"{dollars(done.refunded_micros)} back at once"
    assert done.refunded_micros == 0
    suggested_micros = claim.suggested_micros or 0
    claim_decisions.approve(
        claim_id=claim.pk,
        amount_micros=suggested_micros,
        seen_micros=0,
        note="",
        actor=Actor(by=world.staff, at=after(days=2)),
    )
    done.refresh_from_db()
    proposed = f"{dollars(suggested_micros)} proposed to staff"
    return f"{proposed}, {dollars(done.refunded_micros)} back after their yes"


def twelve_months_later(world: World) -> str:
    """50.00 of which 10.00 were spent; a run every night of the last weeks."""
    world.top_up()
    world.order(10, at=START)
    for day in range(330, 367):
        expiring.run(at=after(days=day))
    told = ExpiryNotice.objects.filter(customer=world.customer).count()
    return f"{world.cash} left after {told} mails"


def dispute(world: World) -> str:
    return reversed_payment(world)


def new_terms_then_order(world: World) -> str:
    """The first order was placed under version 1, whatever is published later."""
    world.top_up()
    first = world.order(at=START, link="https://example.com/p/1")
    publish_the_opposite(world)
    second = world.order(at=after(days=2), link="https://example.com/p/2")
    return f"version {first.publication.number}, then version {second.publication.number}"


def publish_the_opposite(world: World) -> None:
    is_on = publishable(world.preset).withdraw_enabled
    turned = publishable(world.preset, withdraw_enabled=not is_on, withdraw_fee="none")
    world.publish(turned, at=after(days=1))


def identical_second_order(world: World) -> str:
    world.top_up()
    world.order(at=START)
    try:
        world.order(at=after(days=1))
    except OrderRefused as refusal:
        if refusal.code != RefusalCode.NOT_ACKNOWLEDGED:
            return f"refused: {refusal.code}"
    second = world.order(at=after(days=1), accepts_duplicate=True)
    return "placed after a warning" if second.duplicate_accepted else "placed"


def claim_on_day_8(world: World) -> str:
    """Delivered on the first day, and not as it was described."""
    world.top_up()
    order = world.sent(world.order(at=START), at=START + A_MINUTE)
    world.report(order, Status.COMPLETED, at=after(days=1))
    try:
        claims.open_claim(
            order_id=order.pk,
            kind=Claim.Kind.NOT_AS_DESCRIBED,
            reason="The counter did not move.",
            evidence="https://example.com/p/1",
            by=world.customer,
            at=after(days=8),
        )
    except claims.ClaimRefused as refusal:
        return "not considered" if "ended on" in refusal.message else refusal.message
    return "taken"


def withdraw_with_499(world: World) -> str:
    deposit = world.top_up()
    world.order(45.01, at=START)
    return world.withdraw(deposit, 4.99, at=after(days=1))


Probe = Callable[[World], str]

TWELVE: Final[Mapping[int, Probe]] = {
    1: withdraw_on_day_1,
    2: withdraw_on_day_13,
    3: withdraw_on_day_15,
    4: cancel_pending,
    5: cancel_in_progress,
    6: partial_report,
    7: twelve_months_later,
    8: dispute,
    9: new_terms_then_order,
    10: identical_second_order,
    11: claim_on_day_8,
    12: withdraw_with_499,
}
