"""Refill, cancel and speed-up in a browser without scripts, carried out by the running panel; and
nothing on their pages that axe finds fault with."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from services.providers import client
from services.providers.dialect import ReportState
from services.providers.reports import Report
from tests.e2e.looking import faults_of, log_in
from tests.house import Browsing, House
from tests.waiting import wait_until

People = dict[str, dict[str, str]]


@pytest.fixture
def people(house: House) -> People:
    return house.log_ins


@pytest.fixture
def panel(house: House, people: People) -> client.Endpoint:
    host = urlsplit(house.url).netloc
    return client.Endpoint(
        url=f"{house.url}/api/v2",
        key=people["customer"]["api_key"],
        dev_hosts=frozenset({host}),
    )


def placed(panel: client.Endpoint, link: str) -> str:
    """An order of the demonstration's service that can be refilled and stopped."""
    return client.add(panel, service="1", fields={"link": link, "quantity": "100"})


def is_at(panel: client.Endpoint, number: str, state: ReportState) -> bool:
    report = client.statuses(panel, external_ids=[number])[number]
    return isinstance(report, Report) and report.state == state


def ask(page: Page, number: str, button: str) -> None:
    """From the order's page over the page that says what will happen, and back."""
    page.goto(f"/orders/{number}/")
    page.locator(button).click()
    expect(page.get_by_role("link", name="Go back")).to_be_visible()
    page.locator("main form button").click()
    page.wait_for_url(f"**/orders/{number}/")


def test_all_three_are_asked_for_without_scripts_and_answered(
    panel: client.Endpoint, browser: Browsing, people: People
) -> None:
    page = browser.page(scripts="off")
    log_in(page, people["customer"])
    slow = placed(panel, "https://example.com/slow/requests-1")
    done = placed(panel, "https://example.com/requests-2")

    page.goto(f"/orders/{slow}/")
    wait_until(lambda: has_after_reload(page, "#speed-up"), look_every_seconds=1)
    ask(page, slow, "#speed-up")
    ask(page, slow, "#cancel")
    expect(page.get_by_text("Asked for. The answer appears on this page.")).to_be_visible()
    wait_until(lambda: is_at(panel, slow, ReportState.CANCELED), look_every_seconds=1)
    wait_until(lambda: says_after_reload(page, "The order was stopped."), look_every_seconds=1)

    wait_until(lambda: is_at(panel, done, ReportState.COMPLETED), look_every_seconds=1)
    ask(page, done, "#refill")
    wait_until(lambda: says_after_reload(page, "Passed on"), look_every_seconds=1)


def has_after_reload(page: Page, what: str) -> bool:
    page.reload()
    return page.locator(what).count() > 0


def says_after_reload(page: Page, words: str) -> bool:
    page.reload()
    return words in page.locator("#requests").inner_text()


def test_axe_finds_nothing_on_their_pages(
    panel: client.Endpoint, browser: Browsing, people: People
) -> None:
    number = placed(panel, "https://example.com/slow/requests-3")
    mine, desk = browser.page(), browser.page()
    log_in(mine, people["customer"])
    log_in(desk, people["support"])
    mine.goto(f"/orders/{number}/")
    wait_until(lambda: has_after_reload(mine, "#speed-up"), look_every_seconds=1)
    faults = faults_of(mine, f"/orders/{number}/speed-up/")
    faults += faults_of(mine, f"/orders/{number}/cancel/")
    ask(mine, number, "#speed-up")
    faults += faults_of(mine, f"/orders/{number}/")
    faults += faults_of(desk, "/staff/orders/requests/")
    desk.locator("a[id^=request-]").first.click()
    faults += faults_of(desk, urlsplit(desk.url).path)
    assert faults == []
