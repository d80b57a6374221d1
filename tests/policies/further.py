"""Probes of the same kind for what the twelve leave open."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.test import Client
from django.urls import reverse

from orders.ending.claim_rules import grounds_of
from orders.models import Claim, Order, Status
from tests.policies.probes import A_MINUTE, Probe, cancel_each, publish_the_opposite
from tests.policies.reversal import lost, reversed_payment
from tests.policies.world import START, World, after
from tests.wallet.bonuses import promotion
from wallet.decisions import deciding as decisions
from wallet.models import Decision, Deposit
from wallet.payouts import requesting, withdrawals


def cancel_within_ten_seconds(world: World) -> str:
    return cancel_each(world, lambda order: order, later=timedelta(seconds=10))


def cancel_pending_at_the_provider(world: World) -> str:
    def taken(order: Order) -> Order:
        return world.sent(order, at=START + A_MINUTE)

    return cancel_each(world, taken, later=2 * A_MINUTE)


def claims_of_no_start(world: World) -> str:
    """Of the days 6, 8, 15 and 22, those on which a claim is taken about an order that a provider
    has and that has not started."""
    world.top_up()
    order = world.sent(world.order(at=START), at=START + A_MINUTE)
    taken = [
        day
        for day in (6, 8, 15, 22)
        for ground in grounds_of(order=order, at=after(days=day))
        if ground.kind == Claim.Kind.NOT_STARTED and ground.is_open
    ]
    return f"days {', '.join(map(str, taken))}"


def dispute_lost(world: World) -> str:
    reversed_payment(world)
    return lost(world)


def new_terms_then_withdraw(world: World) -> str:
    """A second version turns money back on where it was off, and off where it was on: each top-up
    keeps the terms that it was made under."""
    older = world.top_up(at=START)
    publish_the_opposite(world)
    newer = world.top_up(at=after(days=2))
    answers = [world.withdraw(one, 20, at=after(days=3)) for one in (older, newer)]
    return " / ".join(_in_short(answer) for answer in answers)


def _in_short(answer: str) -> str:
    if "terms that pay nothing back" in answer:
        return "refused by its terms"
    return answer


def fee_of_two_payouts(world: World) -> str:
    """The gateway took 1.75 of 50.00; 20.00 and then 30.00 go back."""
    deposit = world.top_up()
    return " / ".join(world.withdraw(deposit, part, at=after(days=1)) for part in (20, 30))


def money_from_orders(world: World) -> str:
    """50.00, of which an order took 30.00 and gave 20.00 back; asked for on day 40."""
    deposit = world.top_up()
    order = world.sent(world.order(30, at=START), at=START + A_MINUTE)
    world.report(order, Status.PARTIAL, remains=2000, at=after(days=20))
    first = world.withdraw(deposit, 20, at=after(days=40))
    return f"{_by_time(first)} / {_by_time(world.withdraw(deposit, 20, at=after(days=40)))}"


def _by_time(answer: str) -> str:
    return "refused: its time is over" if "Its time is over" in answer else answer


def tied_bonus(world: World) -> str:
    """5.00 came with the top-up: how much can be spent while the request waits, after a no, and
    after a yes."""
    promotion(code=None, amount_micros=5_000_000, starts_at=START)
    deposit = world.top_up()
    if "refused" in (answer := _declined(world, deposit)):
        return f"{answer}, bonus {world.bonus}"
    sent = world.withdraw(deposit, 50, at=after(days=1))
    return f"{answer}; {sent}, bonus {world.bonus}"


def _declined(world: World, deposit: Deposit) -> str:
    try:
        withdrawal = world.ask(deposit, 50, at=after(days=1))
    except requesting.NotForThisAccount:
        return "refused: for orders only"
    waiting = world.bonus
    withdrawals.decline(
        withdrawal_id=withdrawal.pk, reason="Not now.", by=world.staff, at=after(days=1), ip=None
    )
    return f"{waiting} while it waits, {world.bonus} after a no"


def people_who_approve(world: World) -> str:
    """Of a top-up of 200.00 first 99.99 are asked for, then 100.00."""
    deposit = world.top_up(200)
    answers = [_approved(world, deposit, amount) for amount in (99.99, 100)]
    return " / ".join(answers)


def _approved(world: World, deposit: Deposit, amount: float) -> str:
    try:
        withdrawal = world.ask(deposit, amount, at=after(days=1))
    except requesting.NotForThisAccount:
        return "refused: for orders only"
    first = world.approve(withdrawal, at=after(days=1))
    if first.outcome == Decision.Outcome.DONE:
        return "one person"
    decisions.agree(decision_id=first.pk, by=world.second, at=after(days=1))
    withdrawal.refresh_from_db()
    return f"two people, {withdrawal.state}"


def order_takes_first(world: World) -> str:
    """Of 50.00 and a bonus of 5.00, what an order of 48.00 leaves."""
    promotion(code=None, amount_micros=5_000_000, starts_at=START)
    world.top_up()
    world.order(48, at=START)
    return f"cash {world.cash}, bonus {world.bonus}"


def review_is_due(world: World) -> str:
    """Asked for on Thursday, 27 November 2025, at noon."""
    try:
        withdrawal = world.ask(world.top_up(), 50, at=START)
    except requesting.NotForThisAccount:
        return "refused: for orders only"
    return f"{withdrawal.due_at:%a %d %b %H:%M}"


def pages_of_money_back(world: World) -> str:
    """How the server answers: what can be paid back, the form, and the form sent all the same."""
    world.top_up()
    client = Client()
    client.force_login(world.customer)
    form = reverse("tickets:refund_request")
    answers = [client.get(reverse("wallet:payback")), client.get(form), client.post(form)]
    return ", ".join(str(answer.status_code) for answer in answers)


FURTHER: Final[tuple[Probe, ...]] = (
    cancel_within_ten_seconds,
    cancel_pending_at_the_provider,
    claims_of_no_start,
    dispute_lost,
    new_terms_then_withdraw,
    fee_of_two_payouts,
    money_from_orders,
    tied_bonus,
    order_takes_first,
    people_who_approve,
    review_is_due,
    pages_of_money_back,
)
