"""Sandbox keys: the same calls, the same answers, and nothing real behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from accounts import switches
from accounts.models import ApiKey, KillSwitch, User
from orders.models import Order, SandboxOrder, SandboxRequest, Status
from orders.sandbox.courses import REFUSALS
from services.models import Service
from services.types import SPECS, ServiceType
from tests.factories import service
from tests.orders.api.program import LINK, Program, program
from wallet.balances import spendable_micros
from wallet.models import Transfer

pytestmark = pytest.mark.django_db
FOREIGN = 899_999_999


def sandbox(user: User) -> Program:
    player = program(user)
    newest = ApiKey.objects.filter(user=user).latest("pk")
    ApiKey.objects.filter(pk=newest.pk).update(is_sandbox=True)
    return player


@pytest.fixture
def player(alice: User) -> Program:
    """Alice's program under test; she has no money."""
    return sandbox(alice)


@pytest.fixture
def lasting(terms: None) -> Service:
    return service(rate_micros=2_000_000, can_refill=True, refill_days=30, can_cancel=True)


def grow_older(seconds: int) -> None:
    """As if that much time had gone by since everything was done."""
    age = timedelta(seconds=seconds)
    SandboxOrder.objects.update(created_at=F("created_at") - age)
    SandboxRequest.objects.update(asked_at=F("asked_at") - age, ends_at=F("ends_at") - age)


def test_an_integration_is_tried_from_the_first_order_to_the_refund(
    player: Program, lasting: Service
) -> None:
    assert player.ask(action="balance") == {"balance": "100", "currency": "USD"}
    number = player.add(lasting, link=f"{LINK}?sandbox=partial")["order"]
    assert player.ask(action="balance")["balance"] == "98"
    assert player.ask(action="status", order=number)["status"] == "Pending"
    grow_older(30)
    assert player.ask(action="status", order=number)["status"] == "In progress"
    grow_older(30)
    assert player.ask(action="status", order=number) == {
        "charge": "1.334",
        "start_count": str(1000 + number % 1000),
        "status": "Partial",
        "remains": "333",
        "currency": "USD",
    }
    assert player.ask(action="balance")["balance"] == "98.666"


def test_every_answer_says_that_it_is_a_sandbox(player: Program, script: Program) -> None:
    for fields in ({"action": "services"}, {"action": "balance"}, {"action": "status", "order": 1}):
        assert player.send(**fields)["X-Sandbox"] == "1"
        assert not script.send(**fields).has_header("X-Sandbox")


def test_every_refusal_can_be_asked_for_by_its_code(player: Program, lasting: Service) -> None:
    for code in REFUSALS:
        assert player.add(lasting, link=f"{LINK}?sandbox={code}")["code"] == code


def test_a_live_key_and_a_sandbox_key_do_not_see_each_others_orders(
    player: Program, script: Program, lasting: Service
) -> None:
    played, real = player.add(lasting)["order"], script.add(lasting)["order"]
    for caller, foreign in ((script, played), (player, real)):
        unknown = {"error": "Incorrect order ID", "code": "unknown_order"}
        assert caller.ask(action="status", order=foreign) == unknown
        assert caller.ask(action="cancel", order=foreign) == unknown
        assert caller.ask(action="refill", order=foreign) == unknown
    assert Order.objects.get().pk == real


def test_nothing_that_a_sandbox_key_does_touches_orders_or_books(
    alice: User, script: Program, lasting: Service
) -> None:
    script.add(lasting)
    before = real_things(alice)
    list(walk(sandbox(alice), lasting))
    assert SandboxOrder.objects.count() > len(ServiceType)
    assert real_things(alice) == before


def real_things(user: User) -> list[Any]:
    orders = list(Order.objects.order_by("pk").values())
    return [orders, Transfer.objects.count(), spendable_micros(customer_id=user.pk)]


def test_a_switched_off_api_is_off_for_sandbox_keys_too(
    player: Program, lasting: Service, olga: User
) -> None:
    switches.switch_off(part=KillSwitch.Part.ORDERS, reason="repairs", actor=olga)
    assert player.add(lasting)["code"] == "switched_off"
    switches.switch_off(part=KillSwitch.Part.API, reason="repairs", actor=olga)
    assert player.send(action="balance").status_code == 503


def test_a_live_key_and_a_sandbox_key_get_answers_of_the_same_shape(
    script: Program, stranger: Program, bob: User, lasting: Service
) -> None:
    """One scripted integration, told apart by nothing but the key."""
    live = list(walk(script, lasting))
    played = list(walk(sandbox(bob), lasting))
    assert len(live) > 30
    for (asked, real), (_same, answer) in zip(live, played, strict=True):
        assert shape(answer) == shape(real), asked


def walk(caller: Program, lasting: Service) -> Iterator[tuple[object, Any]]:
    """Every action, alone and in lists, with every type of service and with mistakes."""
    User.objects.update(api_rate_per_minute=1000)

    def ask(**fields: Any) -> Any:
        return caller.ask(**fields)

    yield "services", ask(action="services")[:1]
    yield "balance", ask(action="balance")
    for type_ in ServiceType:
        sold = service(type=type_, min_quantity=1, can_cancel=True)
        samples = {each.name: each.sample for each in SPECS[type_].parameters if each.sample}
        yield type_, (added := caller.add(sold, link=f"{LINK}/{type_}", **samples))
        yield type_, ask(action="status", order=added["order"])
    done, running = caller.add(lasting)["order"], caller.add(lasting, link=f"{LINK}/2")["order"]
    yield "duplicate", caller.add(lasting)
    drip = service(can_drip_feed=True)
    yield "drip-feed", (dripped := caller.add(drip, link=f"{LINK}/5", runs=3, interval=10))
    yield "its status", ask(action="status", order=dripped["order"])
    complete(done)
    both = f"{done},{running},{FOREIGN},junk"
    yield "statuses", ask(action="status", orders=both)
    yield "refill", (refill := ask(action="refill", order=done))
    yield "refill again", ask(action="refill", order=done)
    yield "refills", ask(action="refill", orders=both)
    yield "refill status", ask(action="refill_status", refill=refill["refill"])
    yield "refill statuses", ask(action="refill_status", refills=f"{refill['refill']},{FOREIGN},x")
    yield "cancels", ask(action="cancel", orders=both)
    yield "cancel", ask(action="cancel", order=running)
    yield "canceled", ask(action="status", order=running)
    for mistake in MISTAKES:
        yield mistake, caller.add(lasting, **mistake)
    for mistake in (
        {"action": "status"},
        {"action": "nothing"},
        {"action": "cancel", "order": FOREIGN},
    ):
        yield mistake, ask(**mistake)
    named = caller.add(lasting, link=f"{LINK}/3", request_id="one")
    yield "again", named == caller.add(lasting, link=f"{LINK}/3", request_id="one")
    yield "reused", caller.add(lasting, link=f"{LINK}/4", request_id="one")


MISTAKES: tuple[dict[str, Any], ...] = (
    {"service": 0},
    {"service": "x"},
    {"link": "nowhere"},
    {"link": ""},
    {"quantity": 9},
    {"quantity": 10_001},
    {"quantity": "many"},
    {"runs": 5, "interval": 10},
)


def complete(number: int) -> None:
    Order.objects.filter(pk=number).update(
        status=Status.COMPLETED, remains=0, finished_at=timezone.now()
    )
    age = timedelta(minutes=2)
    SandboxOrder.objects.filter(pk=number).update(created_at=F("created_at") - age)


def shape(answer: Any) -> Any:
    """Keys, JSON types and what errors say; numbers that name something are all one."""
    if isinstance(answer, dict):
        keys = {"number" if key.isdigit() else key: value for key, value in answer.items()}
        told = {key: value for key, value in keys.items() if key in ("error", "code", "parameter")}
        return {key: shape(value) for key, value in keys.items()} | told
    if isinstance(answer, list):
        return [shape(value) for value in answer]
    return answer if isinstance(answer, bool) else type(answer).__name__
