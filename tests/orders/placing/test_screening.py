"""Orders that name what is blocked wait for staff, with their money set aside (AUP-01)."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from accounts.models import User
from orders.models import BlockedTerm, Order, OrderEvent, Status
from orders.placing.screening import found_terms
from orders.sending import sweeping
from services.models import Service
from services.types import ServiceType
from tests.factories import MICROS, fund, service
from tests.orders.placing.asking import LINK, block, place, under
from wallet import ledger
from wallet.balances import spendable_micros

HOSTS = [
    "https://bad.example/x",
    "http://www.bad.example",
    "https://a.b.BAD.example/",
    "https://bad.example.:8080/x",
    "see bad.example!",
    "https://example.com/?to=https%3A%2F%2Fbad.example%2F",
    "https://ｂａｄ.example/",
    "(bad.example)",
    "https://bad\u3002example/x",
    "https://www.bad\uff61example/x",
    "https://bad\uff0eexample/x",
]
NO_HOSTS = [
    "https://notbad.example/",
    "https://bad.example.com/",
    "https://example.com/bad",
    "bad example",
]
WORDS = [
    "https://example.com/casino",
    "https://example.com/my-CASINO_night",
    "https://example.com/c%61sino",
    "https://example.com/c%2561sino",
    "Visit the Cásíno",
    "ｃａｓｉｎｏ",
    "cas\u200bino tonight",
    "play+casino",
]
NO_WORDS = ["https://example.com/casinova", "occasino", "cas ino", "nothing"]


@pytest.mark.parametrize("text", HOSTS)
def test_a_blocked_host_stops_everything_below_it(text: str) -> None:
    assert found_terms(terms=("host:bad.example",), texts=[text]) == ["host:bad.example"]


@pytest.mark.parametrize("text", NO_HOSTS)
def test_another_host_is_not_stopped(text: str) -> None:
    assert found_terms(terms=("host:bad.example",), texts=[text]) == []


@pytest.mark.parametrize("text", WORDS)
def test_a_blocked_word_is_found_however_it_is_written(text: str) -> None:
    assert found_terms(terms=("keyword:casino",), texts=[text]) == ["keyword:casino"]


def test_a_host_with_an_accent_is_another_than_one_without() -> None:
    for name in ("bücher.example", "xn--bcher-kva.example", "bu\u0308cher.example"):
        assert found_terms(terms=("host:xn--bcher-kva.example",), texts=[f"https://{name}/"])
        assert not found_terms(terms=("host:bucher.example",), texts=[f"https://{name}/"])


@pytest.mark.parametrize("text", NO_WORDS)
def test_a_part_of_another_word_is_not_stopped(text: str) -> None:
    assert found_terms(terms=("keyword:casino",), texts=[text]) == []


def test_scripts_without_spaces_are_searched_in_the_middle() -> None:
    assert found_terms(terms=("keyword:赌场",), texts=["最好的赌场在这里"]) == ["keyword:赌场"]


def test_words_of_one_term_may_stand_apart_in_any_way() -> None:
    terms = ("keyword:free money", "keyword:a.b*c")
    assert found_terms(terms=terms, texts=["x/free-money", "A.B*C"]) == [
        "keyword:a b c",
        "keyword:free money",
    ]


def test_a_term_of_no_letters_stops_nothing() -> None:
    assert found_terms(terms=("keyword:***", "host:."), texts=["*** . anything"]) == []


def test_a_long_text_is_searched_in_no_time() -> None:
    terms = (*(f"keyword:word{number}" for number in range(500)), "host:bad.example")
    long = ["a" * 50_000, "a." * 50_000, "word" * 10_000, "%25" * 10_000]
    began = time.process_time()
    assert found_terms(terms=terms, texts=long) == []
    assert time.process_time() - began < 5


@pytest.fixture
def shop(alice: User) -> Service:
    fund(alice, 10 * MICROS)
    return service(type=ServiceType.CUSTOM_COMMENTS, min_quantity=1)


def comments(text: str) -> dict[str, object]:
    return {"quantity": None, "texts": {"comments": text}}


@pytest.mark.django_db
class TestAnOrder:
    @pytest.mark.parametrize("channel", ["web", "api"])
    def test_that_names_a_blocked_word_is_held_with_its_charge(
        self, alice: User, shop: Service, channel: str
    ) -> None:
        block("casino")
        order = place(alice, shop, channel=channel, **comments("nice\nbest Casino"))
        assert order.status == Status.HELD
        assert ledger.held_for(reference=order.reference).escrow == order.charge_micros == 2_000
        assert spendable_micros(customer_id=alice.pk) == 10 * MICROS - 2_000
        flag = order.events.get(kind=OrderEvent.Kind.FLAGGED)
        assert flag.detail == {"reason": "screened", "terms": ["keyword:casino"]}

    def test_that_leads_to_a_blocked_host_is_held(self, alice: User, shop: Service) -> None:
        block("example.com", BlockedTerm.Kind.HOST)
        assert place(alice, shop, link=LINK, **comments("nice")).status == Status.HELD

    def test_that_is_held_is_never_sent(self, alice: User, shop: Service) -> None:
        block("casino")
        order = place(alice, shop, channel="api", **comments("casino"))
        later = order.created_at + timedelta(days=365)
        assert sweeping.due_orders(at=later, most_per_provider=10) == []

    def test_that_names_nothing_is_queued(self, alice: User, shop: Service) -> None:
        block("casino")
        assert place(alice, shop, **comments("nice")).status == Status.QUEUED

    def test_is_not_screened_where_the_terms_switch_it_off(
        self, alice: User, shop: Service
    ) -> None:
        block("casino")
        under(order_screening="off")
        assert place(alice, shop, **comments("casino")).status == Status.QUEUED
        assert not OrderEvent.objects.filter(kind=OrderEvent.Kind.FLAGGED).exists()

    def test_that_cannot_be_paid_leaves_no_trace(self, bob: User, shop: Service) -> None:
        block("casino")
        with pytest.raises(Exception, match="not_enough_funds"):
            place(bob, shop, **comments("casino"))
        assert not Order.objects.exists()
