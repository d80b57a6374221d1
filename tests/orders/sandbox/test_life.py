"""The life of a played order, from the time alone."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import User
from orders.models import Order, Status, Subscription
from orders.sandbox import courses, life, reading
from orders.sandbox.courses import COURSES, REFUSALS
from services.models import Service
from services.types import ServiceType
from tests.factories import MICROS, service
from tests.orders.sandbox.conftest import LINK, after, play, request, stands

pytestmark = pytest.mark.django_db


def balance(user: User, seconds: float) -> int:
    return reading.balance_micros(customer_id=user.pk, at=after(seconds))


def told(order: Order) -> tuple[str, int | None, int]:
    return order.status, order.remains, order.net_charge_micros


def test_a_usual_order_is_over_in_less_than_a_minute(alice: User, shop: Service) -> None:
    number = play(alice, shop)
    lived = [told(stands(alice, number, after(seconds))) for seconds in (0, 3, 10, 30, 49, 50)]
    assert lived == [
        (Status.QUEUED, None, 2 * MICROS),
        (Status.PENDING, None, 2 * MICROS),
        (Status.IN_PROGRESS, 1000, 2 * MICROS),
        (Status.IN_PROGRESS, 500, 2 * MICROS),
        (Status.IN_PROGRESS, 25, 2 * MICROS),
        (Status.COMPLETED, 0, 2 * MICROS),
    ]
    assert stands(alice, number, after(10)).start_count
    assert balance(alice, 60) == 98 * MICROS


@pytest.mark.parametrize(
    ("word", "end"),
    [
        ("partial", (Status.PARTIAL, 333, 1_334_000)),
        ("canceled", (Status.CANCELED, 1000, 0)),
        ("pending", (Status.PENDING, None, 2 * MICROS)),
        ("slow", (Status.IN_PROGRESS, 987, 2 * MICROS)),
        ("processing", (Status.PROCESSING, 987, 2 * MICROS)),
    ],
)
def test_the_link_says_how_it_ends(
    alice: User, shop: Service, word: str, end: tuple[str, int | None, int]
) -> None:
    number = play(alice, shop, f"{LINK}?sandbox={word}")
    assert told(stands(alice, number, after(60))) == end
    assert balance(alice, 60) == 100 * MICROS - end[2]


def test_nothing_moves_once_it_has_ended(alice: User, shop: Service) -> None:
    number = play(alice, shop, f"{LINK}?sandbox=partial")
    first, late = stands(alice, number, after(50)), stands(alice, number, after(86_000))
    assert told(first) == told(late)
    assert late.finished_at == after(50)


def test_what_was_spent_is_back_after_a_day(alice: User, shop: Service) -> None:
    play(alice, shop)
    assert balance(alice, 86_399) == 98 * MICROS
    assert balance(alice, 86_400) == 100 * MICROS


def test_one_unit_can_end_as_partial(alice: User, terms: None) -> None:
    whole = service(type=ServiceType.PACKAGE, rate_micros=MICROS, min_quantity=1, max_quantity=1)
    number = play(alice, whole, f"{LINK}?sandbox=partial", quantity=None)
    assert told(stands(alice, number, after(50))) == (Status.PARTIAL, 1, 0)


def test_a_subscription_is_active_until_all_its_posts_are_there(alice: User, terms: None) -> None:
    sold = service(type=ServiceType.SUBSCRIPTIONS)
    texts = {"username": "name", "min": "10", "max": "20", "posts": "5", "delay": "0"}
    number = play(alice, sold, "", quantity=None, texts=texts | {"expiry": "31/12/2030"})
    states = []
    for seconds in (30, 50):
        plan = life.plan_of(stands(alice, number, after(seconds)))
        assert plan is not None
        assert (plan.posts, plan.expires_on) == (5, date(2030, 12, 31))
        states.append(plan.state)
    assert states == [Subscription.State.ACTIVE, Subscription.State.COMPLETED]


def test_the_word_is_found_wherever_a_client_can_write_it(shop: Service) -> None:
    spellings = [
        f"{LINK}?a=1&sandbox=partial",
        f"{LINK}/SANDBOX-partial/x",
        f"{LINK}#sandbox_partial",
    ]
    assert {courses.word_of(request(shop, link)) for link in spellings} == {"partial"}
    named = request(shop, "", texts={"username": "name_sandbox_no-cancel"})
    assert courses.word_of(named) == "no_cancel"
    assert courses.word_of(request(shop, f"{LINK}?sandbox=unheard_of")) == courses.USUAL


def test_no_word_has_two_meanings() -> None:
    assert not COURSES.keys() & REFUSALS.keys()
