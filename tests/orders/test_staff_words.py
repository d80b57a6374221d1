"""What staff read of an order: plain words instead of codes, money instead of micros."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders.models import Order, OrderEvent, Status
from orders.staff import words as staff_words
from tests.factories import order
from tests.orders.pages import text_of, walk
from tests.tickets.rows import open_one

KINDS = OrderEvent.Kind


@pytest.mark.parametrize(
    ("kind", "detail", "words"),
    [
        (KINDS.PLACED, {"channel": "api"}, "API"),
        (KINDS.STATUS, {"from": "queued", "to": "submitting"}, "Queued → Being sent"),
        (
            KINDS.STATUS,
            {"from": "submitting", "to": "uncertain", "reason": "not_json"},
            "Being sent → Uncertain · The answer was not JSON",
        ),
        (
            KINDS.PROGRESS,
            {"start_count": None, "remains": 1200},
            "at the start: — · remaining: 1,200",
        ),
        (KINDS.REFUNDED, {"amount_micros": 500_000, "remains": 50}, "$0.50 · remaining: 50"),
        (KINDS.FLAGGED, {"reason": "seen twice"}, "seen twice"),
        (KINDS.FLAGGED, {"what": "nobody knows"}, ""),
    ],
)
def test_an_event_is_told_in_words(kind: str, detail: dict[str, object], words: str) -> None:
    assert staff_words.event_words(OrderEvent(kind=kind, detail=detail)) == words


def test_every_status_has_a_word_of_its_own_for_staff() -> None:
    assert len({staff_words.status_words(status) for status in Status}) == len(Status)


def refunded(customer: User) -> Order:
    now = timezone.now()
    placed = order(customer)
    walk(placed, Status.SUBMITTING, Status.PENDING, at=now)
    return walk(placed, Status.CANCELED, at=now)


def test_support_reads_money_as_money_beside_a_ticket(
    client: Client, alice: User, sam: User
) -> None:
    placed = refunded(alice)
    ticket = open_one(alice, order=placed)
    client.force_login(sam)
    page = text_of(client.get(reverse("staff_tickets:ticket", args=[ticket.pk])))
    assert "$1.00 · remaining" in page
    assert "amount_micros" not in page
    assert "1000000" not in page


def test_staff_read_uncertain_where_the_customer_reads_that_it_is_being_confirmed(
    client: Client, alice: User, sam: User
) -> None:
    doubted = order(alice)
    walk(doubted, Status.SUBMITTING, Status.UNCERTAIN)
    ticket = open_one(alice, order=doubted)
    client.force_login(sam)
    for name, number in (("orders:order_detail", doubted.pk), ("tickets:ticket", ticket.pk)):
        page = text_of(client.get(reverse(f"staff_{name}", args=[number])))
        assert "Uncertain" in page
        assert "being confirmed" not in page


def test_the_customer_of_an_order_is_a_link(client: Client, alice: User, sam: User) -> None:
    placed = order(alice)
    client.force_login(sam)
    page = client.get(reverse("staff_orders:order_detail", args=[placed.pk])).content.decode()
    assert f'href="{reverse("admin:accounts_user_change", args=[alice.pk])}"' in page


class TestTheAdmin:
    def test_an_order_is_shown_in_words_and_money(
        self, client: Client, alice: User, olga: User
    ) -> None:
        placed = refunded(alice)
        client.force_login(olga)
        shown = client.get(reverse("admin:orders_order_change", args=[placed.pk]))
        page = text_of(shown)
        assert "$1.00 · remaining" in page
        assert "price per 1000: $1.00" in page
        assert "_micros" not in page

    def test_a_page_to_look_at_loads_no_scripts_for_typing(
        self, client: Client, alice: User, olga: User
    ) -> None:
        client.force_login(olga)
        shown = client.get(reverse("admin:orders_order_change", args=[order(alice).pk]))
        assert "jquery" not in shown.content.decode()
        assert shown.content.count(b"<script src") <= 3

    def test_the_list_is_filtered_by_the_words_of_staff(
        self, client: Client, alice: User, olga: User
    ) -> None:
        queued, doubted = order(alice), order(alice)
        walk(doubted, Status.SUBMITTING, Status.UNCERTAIN)
        client.force_login(olga)
        address = reverse("admin:orders_order_changelist")
        found = client.get(address, {"status": "uncertain"}).context["cl"].queryset
        assert [row.pk for row in found] == [doubted.pk]
        assert queued in client.get(address, {"status": "queued"}).context["cl"].queryset
        assert "Being sent" in text_of(client.get(address))
