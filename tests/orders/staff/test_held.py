"""The pages of held orders and of blocked terms."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ActLog, User
from orders.models import BlockedTerm, Order, Status
from services.types import ServiceType
from tests.factories import MICROS, fund, service
from tests.orders.pages import text_of
from tests.orders.placing.asking import block, place

pytestmark = pytest.mark.django_db

HELD = reverse("staff_orders:held")
REASON = "A shop for toys, nothing else."


@pytest.fixture
def order(alice: User) -> Order:
    fund(alice, 10 * MICROS)
    block("bad.example", BlockedTerm.Kind.HOST)
    block("casino")
    chosen = service(type=ServiceType.CUSTOM_COMMENTS, min_quantity=1)
    texts = {"comments": "see https://bad.example/<x>\nthe casino"}
    return place(alice, chosen, quantity=None, texts=texts)


@pytest.fixture
def desk(olga: User) -> Client:
    browser = Client()
    browser.force_login(olga)
    return browser


def page_of(order: Order) -> str:
    return reverse("staff_orders:review", args=[order.pk])


def send(desk: Client, order: Order, act: str, reason: str = REASON) -> int:
    return desk.post(page_of(order), {"act": act, "reason": reason}).status_code


def test_the_list_says_why_each_is_held_and_leads_to_it(desk: Client, order: Order) -> None:
    response = desk.get(HELD)
    shown = text_of(response)
    assert "It leads to bad.example, which is blocked." in shown
    assert "It names “casino”, which is blocked." in shown
    assert "alice@example.com" in shown
    assert page_of(order) in response.content.decode()


def test_the_page_shows_what_was_written_as_text(desk: Client, order: Order) -> None:
    content = desk.get(page_of(order)).content.decode()
    assert "https://bad.example/&lt;x&gt;" in content
    assert "$0.002" in content


def test_release_and_refusal_do_what_they_say(desk: Client, order: Order) -> None:
    assert send(desk, order, "release") == 302
    order.refresh_from_db()
    assert order.status == Status.QUEUED
    assert "Nothing is held" in text_of(desk.get(HELD))


def test_a_refusal_pays_back(desk: Client, order: Order) -> None:
    assert send(desk, order, "refuse") == 302
    order.refresh_from_db()
    assert (order.status, order.net_charge_micros) == (Status.CANCELED, 0)


@pytest.mark.parametrize(
    ("act", "reason"), [("release", ""), ("release", "short"), ("refuse", "x" * 201), ("", REASON)]
)
def test_without_a_reason_and_a_choice_nothing_happens(
    desk: Client, order: Order, act: str, reason: str
) -> None:
    assert send(desk, order, act, reason) == 422
    order.refresh_from_db()
    assert order.status == Status.HELD


def test_an_order_that_is_not_held_leads_back(desk: Client, order: Order) -> None:
    send(desk, order, "release")
    response = desk.get(page_of(order), follow=True)
    assert "Too late" in text_of(response)
    assert send(desk, order, "refuse") == 302
    assert ActLog.objects.filter(target=order.reference).count() == 1


def test_the_customer_reads_that_it_is_looked_at(alice: User, order: Order) -> None:
    browser = Client()
    browser.force_login(alice)
    shown = text_of(browser.get(order.get_absolute_url()))
    assert "Held for review" in shown
    assert "Our staff look at this order before it is sent." in shown
    assert "the whole charge comes back" in shown
    assert "casino, which" not in shown


class TestTheListOfBlockedTerms:
    add = "/admin/orders/blockedterm/add/"

    @pytest.mark.parametrize(
        ("kind", "typed", "kept"),
        [
            ("host", " *.BAD.example. ", "bad.example"),
            ("host", "bücher.example", "xn--bcher-kva.example"),
            ("keyword", "  Cásíno   Nights ", "casino nights"),
        ],
    )
    def test_keeps_a_term_as_it_is_compared(
        self, desk: Client, kind: str, typed: str, kept: str
    ) -> None:
        assert desk.post(self.add, {"kind": kind, "text": typed}).status_code == 302
        assert BlockedTerm.objects.get().text == kept
        assert ActLog.objects.filter(act="add blockedterm").exists()

    @pytest.mark.parametrize(
        ("kind", "typed"),
        [
            ("host", "https://bad.example/x"),
            ("host", "bad"),
            ("keyword", "\u200b"),
            ("keyword", ""),
        ],
    )
    def test_says_what_is_no_term(self, desk: Client, kind: str, typed: str) -> None:
        assert desk.post(self.add, {"kind": kind, "text": typed}).status_code == 200
        assert not BlockedTerm.objects.exists()

    def test_has_each_term_once(self, desk: Client) -> None:
        for typed in ("casino", "CASINO"):
            desk.post(self.add, {"kind": "keyword", "text": typed})
        assert BlockedTerm.objects.count() == 1
