"""Placing a played order: the refusals of a real one, and nothing real is touched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Case, OutboundMail, User
from orders.models import Order, SandboxOrder, SandboxRequest
from orders.placing.placement import Placed, place_order
from orders.refusals import OrderRefused, RefusalCode
from orders.sandbox import asking, forgetting, life, placing, reading
from orders.sandbox.courses import REFUSALS
from services.models import Service
from tests.factories import MICROS, offer, service
from tests.orders.placing.asking import block, under
from tests.orders.sandbox.conftest import LINK, NOON, after, play, request, stands
from wallet.balances import spendable_micros
from wallet.models import Transfer

pytestmark = pytest.mark.django_db


def refusal(user: User, chosen: Service, link: str = LINK, **more: Any) -> OrderRefused:
    with pytest.raises(OrderRefused) as refused:
        play(user, chosen, link, **more)
    return refused.value


def test_no_order_no_transfer_no_mail_and_no_case_comes_of_it(alice: User, shop: Service) -> None:
    dear = service(
        provider_service=offer(cost_micros=9 * MICROS), below_cost=Service.BelowCost.REFUSE
    )
    number = play(alice, shop)
    assert refusal(alice, dear).code == RefusalCode.BELOW_COST
    assert asking.ask(
        order_id=number, customer_id=alice.pk, kind=asking.Kind.REFILL, at=after(60)
    ).is_taken
    assert SandboxRequest.objects.count() == 1
    for untouched in (Order, Transfer, OutboundMail, Case):
        assert untouched.objects.count() == 0
    assert spendable_micros(customer_id=alice.pk) == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": 9}, RefusalCode.BELOW_MINIMUM),
        ({"quantity": 10_001}, RefusalCode.ABOVE_MAXIMUM),
        ({"quantity": None}, RefusalCode.INVALID_PARAMETER),
        ({"link": "not a link"}, RefusalCode.INVALID_LINK),
        ({"runs": 5, "interval_minutes": 10}, RefusalCode.INVALID_RUNS),
    ],
)
def test_it_is_refused_as_a_real_one_is(
    alice: User, shop: Service, fields: dict[str, Any], code: RefusalCode
) -> None:
    played = refusal(alice, shop, **fields)
    with pytest.raises(OrderRefused) as real:
        place_order(customer_id=alice.pk, request=request(shop, **fields), at=timezone.now())
    assert played.code == real.value.code == code
    assert (played.field, played.fact) == (real.value.field, real.value.fact)


def test_more_than_there_is_to_play_with_is_refused(alice: User, shop: Service) -> None:
    for number in range(5):
        play(alice, shop, f"{LINK}/{number}", quantity=9_000)
    refused = refusal(alice, shop, quantity=9_000)
    assert (refused.code, refused.fact) == (RefusalCode.NOT_ENOUGH_FUNDS, 8 * MICROS)


def test_a_second_order_on_a_link_is_refused_while_the_first_runs(
    alice: User, shop: Service
) -> None:
    first = play(alice, shop)
    refused = refusal(alice, shop, at=after(30))
    assert (refused.code, refused.fact) == (RefusalCode.DUPLICATE_LINK, first)
    assert play(alice, shop, at=after(120)) > first


def test_the_same_key_gives_the_same_order_and_another_body_is_refused(
    alice: User, bob: User, shop: Service
) -> None:
    first = play(alice, shop, idempotency_key="one")
    again = placing.place(
        customer_id=alice.pk, request=request(shop, idempotency_key="one"), at=after(5)
    )
    assert (again.order_id, again.is_replay) == (first, True)
    assert refusal(alice, shop, idempotency_key="one", quantity=20).code == RefusalCode.KEY_REUSED
    assert play(bob, shop, idempotency_key="one") != first


@pytest.mark.parametrize("word", ["in_debt", "price_changed", "not_sold_there"])
def test_the_link_may_ask_for_an_error(alice: User, shop: Service, word: str) -> None:
    assert refusal(alice, shop, f"{LINK}?sandbox={word}").code == REFUSALS[word]
    assert not SandboxOrder.objects.exists()


def test_frozen_and_suspended_accounts_play_nothing(alice: User, shop: Service) -> None:
    User.objects.filter(pk=alice.pk).update(frozen_at=NOON)
    assert refusal(alice, shop).code == RefusalCode.FROZEN
    User.objects.filter(pk=alice.pk).update(is_active=False, standing=User.Standing.SUSPENDED)
    assert refusal(alice, shop).code == RefusalCode.CUSTOMER_INACTIVE


def test_no_more_run_at_a_time_than_the_terms_allow(alice: User, shop: Service) -> None:
    under(order_open_cap=1)
    late = timezone.now()
    play(alice, shop, at=late)
    assert refusal(alice, shop, f"{LINK}/2", at=late).code == RefusalCode.TOO_MANY_OPEN
    assert play(alice, shop, f"{LINK}/2", at=late + timedelta(minutes=1))


def test_what_staff_would_have_to_see_first_stays_pending(alice: User, shop: Service) -> None:
    block("example.com")
    number = play(alice, shop)
    assert stands(alice, number, after(3600)).status == Order.Status.PENDING


def test_the_oldest_make_room(alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "MOST_KEPT", 2)
    numbers = [play(alice, shop, f"{LINK}/{number}") for number in range(3)]
    kept = reading.newest_orders(customer_id=alice.pk, at=NOON)
    assert [order.pk for order in kept] == [numbers[2], numbers[1]]


def test_a_batch_forgets_nothing_that_it_answers_with(
    alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "MOST_KEPT", 2)
    first = play(alice, shop, idempotency_key="once")
    asked = [request(shop, idempotency_key="once")]
    asked += [request(shop, f"{LINK}/{number}") for number in range(2)]
    became = placing.place_many(customer_id=alice.pk, requests=asked, at=NOON)
    numbers = [one.order_id for one in became if isinstance(one, Placed)]
    assert (numbers[0], len(numbers)) == (first, 3)
    assert len(reading.orders_by_number(customer_id=alice.pk, numbers=numbers, at=NOON)) == 3


def test_a_batch_reads_what_was_played_once(
    alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        play(alice, shop, f"{LINK}/{number}")
    stood: list[int] = []
    stand = life.order_at

    def count(row: SandboxOrder, **more: Any) -> Order:
        stood.append(row.pk)
        return stand(row, **more)

    monkeypatch.setattr(life, "order_at", count)
    asked = [request(shop, f"{LINK}/{number}", quantity=10_000) for number in (5, 6, 5, 7, 8, 9)]
    became = placing.place_many(customer_id=alice.pk, requests=asked, at=NOON)
    codes = [one.code for one in became if isinstance(one, OrderRefused)]
    assert codes == [RefusalCode.DUPLICATE_LINK, RefusalCode.NOT_ENOUGH_FUNDS]
    assert len(stood) == 3 + 4


def test_others_do_not_see_it(alice: User, bob: User, shop: Service) -> None:
    number = play(alice, shop)
    assert reading.orders_by_number(customer_id=bob.pk, numbers=[number], at=NOON) == {}
    (answer,) = asking.ask_many(
        order_ids=[number], customer_id=bob.pk, kind=asking.Kind.CANCEL, at=NOON
    )
    assert not answer.is_taken
    assert answer.reason is None


def test_it_is_forgotten_after_a_week(alice: User, shop: Service) -> None:
    old, young = play(alice, shop), play(alice, shop, f"{LINK}/2", at=after(1))
    forgetting.forget_old(at=after(1) + timedelta(days=7))
    assert list(SandboxOrder.objects.values_list("pk", flat=True)) == [young]
    assert old not in reading.orders_by_number(customer_id=alice.pk, numbers=[old], at=NOON)


def test_a_played_order_stands_on_its_own_clock(alice: User, shop: Service) -> None:
    number = play(alice, shop, at=after(100))
    assert stands(alice, number, after(150)).status == Order.Status.COMPLETED
