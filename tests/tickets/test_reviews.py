"""An order is under review while a ticket about it is open, and support opens claims from tickets
(ORD-11, REF-12)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders.models import Claim, Order, OrderEvent, Status
from tests.databases import TestDatabase
from tests.factories import order as placed_order
from tests.orders.ending.claiming import SEEN_AT, UNDER_WAY, WORDS, claim_of, gone
from tests.orders.pages import text_of, walk
from tests.races import at_once
from tests.tickets.rows import open_one
from tickets import conversation
from tickets.models import Ticket


@pytest.fixture
def order(alice: User) -> Order:
    return gone(alice, *UNDER_WAY, Status.COMPLETED)


def is_reviewed(order: Order) -> bool:
    order.refresh_from_db()
    return order.review_since is not None


def close(ticket: Ticket, by: User) -> None:
    conversation.close(ticket_id=ticket.pk, by=by, at=timezone.now())


def test_a_ticket_about_an_order_marks_it_until_it_is_closed(
    order: Order, alice: User, sam: User
) -> None:
    ticket = open_one(alice, order=order)
    assert is_reviewed(order)
    close(ticket, sam)
    assert not is_reviewed(order)
    conversation.reply(ticket_id=ticket.pk, author=alice, text="It is still so.", at=timezone.now())
    assert is_reviewed(order)
    told = order.events.filter(kind=OrderEvent.Kind.REVIEW).order_by("pk")
    assert [event.detail["review"] for event in told] == ["opened", "closed", "opened"]


def test_the_last_of_several_tickets_ends_the_review(order: Order, alice: User, sam: User) -> None:
    first, second = open_one(alice, order=order), open_one(alice, order=order, subject="Again")
    close(first, sam)
    assert is_reviewed(order)
    close(second, alice)
    assert not is_reviewed(order)


def test_other_orders_and_tickets_without_one_are_left_alone(order: Order, alice: User) -> None:
    open_one(alice)
    open_one(alice, order=gone(alice), subject="Another")
    assert not is_reviewed(order)


def test_two_tickets_closed_at_once_end_the_review(
    fresh_db: TestDatabase, alice: User, sam: User
) -> None:
    order = placed_order(alice)
    walk(order, *UNDER_WAY)
    tickets = [open_one(alice, order=order, subject=name) for name in ("First", "Second")]
    at_once(2, lambda: close(tickets.pop(), sam))
    assert not is_reviewed(order)


class TestClaimsFromTickets:
    @pytest.fixture
    def ticket(self, order: Order, alice: User) -> Ticket:
        return open_one(alice, order=order, text=WORDS)

    def address(self, ticket: Ticket) -> str:
        return f"/staff/tickets/{ticket.pk}/claim/"

    def typed(self) -> dict[str, str]:
        return {"kind": "technical", "reason": WORDS, "evidence": SEEN_AT}

    def test_it_is_the_same_row_as_from_the_order(
        self, client: Client, ticket: Ticket, alice: User, sam: User
    ) -> None:
        client.force_login(sam)
        assert self.address(ticket) in client.get(f"/staff/tickets/{ticket.pk}/").text
        assert WORDS in client.get(self.address(ticket)).text
        client.post(self.address(ticket), self.typed())
        by_support = Claim.objects.get()
        own = claim_of(gone(alice, *UNDER_WAY, Status.COMPLETED), kind=Claim.Kind.TECHNICAL)
        same = ("kind", "state", "reason", "evidence", "suggested_micros", "is_expedited")
        assert [getattr(by_support, name) for name in same] == [getattr(own, name) for name in same]
        assert by_support.due_at - by_support.opened_at == own.due_at - own.opened_at
        assert (by_support.opened_by, by_support.order_id) == (sam, ticket.order_id)

    def test_what_is_not_open_is_not_opened(
        self, client: Client, ticket: Ticket, sam: User
    ) -> None:
        client.force_login(sam)
        answer = client.post(self.address(ticket), self.typed() | {"kind": "not_started"})
        assert answer.status_code == 422
        assert "It has started." in text_of(answer)
        assert not Claim.objects.exists()

    def test_a_ticket_about_no_order_has_none(self, client: Client, alice: User, sam: User) -> None:
        client.force_login(sam)
        assert client.get(self.address(open_one(alice))).status_code == 404

    def test_nobody_claims_in_his_own_ticket_as_staff(self, client: Client, sam: User) -> None:
        own = open_one(sam, order=gone(sam, *UNDER_WAY, Status.COMPLETED))
        client.force_login(sam)
        assert client.post(self.address(own), self.typed()).status_code == 422
        assert not Claim.objects.exists()
