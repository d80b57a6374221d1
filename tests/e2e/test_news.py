"""What a page does when the news that it asks for arrive: it is current, and disturbs nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import Order, OrderEvent, Status
from services.models import Service
from tests.cast import person
from tests.factories import order, service
from tests.house import Browsing, House
from tests.orders.pages import RUNNING, walk
from tests.tickets.rows import open_one

POLL_MS = 20_000
FOCUSED = "document.activeElement.id || document.activeElement.localName"


@dataclass(frozen=True)
class Watched:
    """An order that runs, 1.00 of 100.00 paid, and the session of who watches it."""

    order: Order
    session: str

    def move(self, *statuses: Status, remains: int) -> None:
        walk(self.order, *statuses, remains=remains)
        self.order.events.create(
            kind=OrderEvent.Kind.PROGRESS,
            at=timezone.now(),
            detail={"start_count": 0, "remains": remains},
        )


@pytest.fixture
def watched(house: House) -> Iterator[Watched]:
    with house.rows():
        with transaction.atomic():  # before a worker sees it, it is on its way
            polly = person(f"polly-{Order.objects.count()}")
            placed = order(polly, service=service(description="Slow and steady."))
            running = walk(placed, *RUNNING, remains=1000)
        client = Client()
        client.force_login(polly)
        yield Watched(order=running, session=client.cookies["session"].value)
        Service.objects.filter(pk=running.service_id).update(is_active=False)


@pytest.fixture
def look(browser: Browsing, watched: Watched) -> Callable[[str], Page]:
    def looking(path: str) -> Page:
        page = browser.page()
        page.context.add_cookies(
            [{"name": "session", "value": watched.session, "url": browser.url}]
        )
        page.clock.install()
        page.goto(path)
        return page

    return looking


def poll(page: Page) -> None:
    with page.expect_response(lambda answer: "shown=" in answer.url):
        page.clock.fast_forward(POLL_MS)


@pytest.mark.parametrize("path", ["/orders/{}/", "/orders/", "/dashboard/"])
def test_a_refund_shows_in_the_header_at_once(
    watched: Watched, look: Callable[[str], Page], path: str
) -> None:
    page = look(path.format(watched.order.pk))
    expect(page.locator("#balance")).to_have_text("$99.00")
    watched.move(Status.PARTIAL, remains=400)
    poll(page)
    expect(page.locator("#balance")).to_have_text("$99.40")
    expect(page.locator("[hx-swap-oob]")).to_have_count(0)


def test_the_end_of_an_order_is_said(watched: Watched, look: Callable[[str], Page]) -> None:
    page = look(f"/orders/{watched.order.pk}/")
    watched.move(remains=500)
    poll(page)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "500")
    expect(page.locator("#say")).to_be_empty()
    watched.move(Status.COMPLETED, remains=0)
    poll(page)
    expect(page.get_by_role("status")).to_contain_text(f"Order {watched.order.pk}: Completed.")


def test_news_leave_focus_and_opened_parts_as_they_are(
    watched: Watched, look: Callable[[str], Page]
) -> None:
    page = look(f"/orders/{watched.order.pk}/")
    page.get_by_text("Description of the service").click()
    page.evaluate("document.activeElement.blur()")
    watched.move(remains=500)
    poll(page)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "500")
    expect(page.get_by_text("Slow and steady.")).to_be_visible()
    assert page.evaluate(FOCUSED) == "body"

    page.locator("#description").focus()
    watched.move(remains=200)
    poll(page)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "800")
    assert page.evaluate(FOCUSED) == "description"
    expect(page.get_by_text("Slow and steady.")).to_be_visible()


def test_the_end_of_the_session_takes_away_no_typed_word(
    watched: Watched, look: Callable[[str], Page]
) -> None:
    ticket = open_one(watched.order.customer)
    page = look(ticket.get_absolute_url())
    page.get_by_label("Your reply").fill("Half a sente")
    page.context.clear_cookies(name="session")
    poll(page)
    expect(page.locator("#failure")).to_contain_text("Your session has ended.")
    expect(page.get_by_label("Your reply")).to_have_value("Half a sente")
    page.get_by_role("button", name="Send reply").click()
    page.wait_for_url(re.compile(r"/account/login/\?next=/tickets/.*draft"))


def test_with_nothing_typed_the_end_of_the_session_leads_to_the_log_in(
    watched: Watched, look: Callable[[str], Page]
) -> None:
    page = look(f"/orders/{watched.order.pk}/")
    page.context.clear_cookies(name="session")
    poll(page)
    page.wait_for_url(re.compile(rf"/account/login/\?next=/orders/{watched.order.pk}/$"))


def test_whoever_stood_on_what_is_gone_is_led_to_the_news(
    watched: Watched, look: Callable[[str], Page]
) -> None:
    page = look("/orders/")
    page.evaluate("document.querySelector('#orders').tabIndex = -1")
    page.locator("#orders").focus()
    watched.move(Status.COMPLETED, remains=0)
    poll(page)
    expect(page.get_by_text("Completed").last).to_be_visible()
    assert page.evaluate(FOCUSED) == "orders"
