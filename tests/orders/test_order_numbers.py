"""An order has one number, and whoever works with it reads it (ORD-16)."""

from __future__ import annotations

import re

from django.test import Client
from django.urls import reverse

from accounts.models import User
from orders.models import Order, Status
from tests import factories
from tests.orders.pages import DASHBOARD, LIST, RUNNING, walk
from tests.tickets.rows import open_one
from tickets.models import Ticket


def shows(page: str, order: Order) -> bool:
    """In a heading, or in the place of numbers; what only screen readers hear does not count."""
    number = rf"(>|· )Order {order.pk}\s*<|<b class=.num.>{order.pk}</b>"
    return re.search(number, page) is not None


def test_it_is_read_wherever_the_order_is(client: Client, alice: User, sam: User) -> None:
    """On the pages of its owner and of staff, also when it has ended."""
    placed = factories.order(alice)
    ticket = open_one(alice, topic=Ticket.Topic.ORDER, order=placed)
    walk(placed, *RUNNING, Status.COMPLETED)
    pages = {
        alice: [placed.get_absolute_url(), LIST, DASHBOARD, ticket.get_absolute_url()],
        sam: [
            reverse("staff_orders:order_detail", args=[placed.pk]),
            reverse("staff_tickets:ticket", args=[ticket.pk]),
        ],
    }
    for person, addresses in pages.items():
        client.force_login(person)
        for address in addresses:
            assert shows(client.get(address).content.decode(), placed), address
