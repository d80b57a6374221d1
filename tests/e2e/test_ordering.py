"""Ordering in a real browser, with scripts and without: every kind of order, and none twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import Order
from services.models import Category, Platform, Service
from services.types import ServiceType
from tests.cast import person
from tests.e2e.looking import violations
from tests.factories import MICROS, fund, offer, provider, service
from tests.house import Browsing, House

Scripts = Literal["on", "off"]
BOTH = pytest.mark.parametrize("scripts", ["on", "off"])
PLATFORM, CATEGORY = "Platform to order from", "Every kind"
LINK = "https://example.com/p/"
FOCUSED = "document.activeElement.id"
# The bar of the demonstration is on no real panel.
IS_COUNTED = "!document.activeElement.closest('.demo-bar')"

# name of the service: what is filled in by label, and what its button says
KINDS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "default": ({"Link": f"{LINK}1", "Quantity": "1000"}, "$1.00"),
    "package": ({"Link": f"{LINK}2"}, "$1.00"),
    "custom_comments": ({"Link": f"{LINK}3", "Comments": "one\ntwo\n\nthree"}, "$0.003"),
    "comment_replies": (
        {"Link": f"{LINK}4", "User name": "name_one", "Comments": "one\ntwo"},
        "$0.002",
    ),
    "poll": ({"Link": f"{LINK}5", "Number of the answer": "2", "Quantity": "500"}, "$0.50"),
    "subscriptions": (
        {
            "User name": "name_one",
            "Fewest per post": "10",
            "Most per post": "200",
            "New posts": "5",
            "Delay in minutes": "10",
        },
        "$1.00",
    ),
    "web_traffic": (
        {
            "Link": f"{LINK}6",
            "Country": "WW",
            "Device": "Mixed",
            "Where visitors come from": "Nowhere named",
            "Quantity": "100",
        },
        "$0.10",
    ),
}


@dataclass(frozen=True)
class Shop:
    """Somebody with 100.00 and a service of each kind, whose provider is paused."""

    session: str
    customer_id: int
    services: Mapping[str, Service]

    def page(self, browser: Browsing, *, scripts: Scripts = "on") -> Page:
        page = browser.page(scripts=scripts)
        cookie = {"name": "session", "value": self.session, "url": browser.url}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        return page

    def orders(self) -> list[Order]:
        return list(Order.objects.filter(customer=self.customer_id).order_by("pk"))


@pytest.fixture
def shop(house: House) -> Iterator[Shop]:
    with house.rows():
        platform, _ = Platform.objects.get_or_create(name=PLATFORM)
        category, _ = Category.objects.get_or_create(platform=platform, name=CATEGORY)
        paused = provider(paused_at=timezone.now())
        services = {
            str(name): service(
                name=f"Kind {name}",
                type=name,
                category=category,
                provider_service=offer(provider=paused),
                min_quantity=1,
                can_drip_feed=True,
            )
            for name in ServiceType
        }
        buyer = person(f"buyer-{paused.pk}")
        fund(buyer, 100 * MICROS)
        client = Client()
        client.force_login(buyer)
        session = client.cookies["session"].value
        yield Shop(session=session, customer_id=buyer.pk, services=services)
        Service.objects.filter(category=category).update(is_active=False)


def choose(page: Page, scripts: Scripts, chosen: Service) -> None:
    """By the three lists, from an empty form."""
    page.goto("/orders/new/")
    wanted = (("Platform", PLATFORM), ("Category", CATEGORY), ("Service", f"{chosen.pk} — "))
    for label, words in wanted:
        box = page.get_by_label(label, exact=True)
        value = box.locator("option").filter(has_text=words).get_attribute("value")
        box.select_option(value)
        if scripts == "off":
            page.get_by_role("button", name="Update the choices").click()
        expect(page.get_by_label(label, exact=True)).to_have_value(str(value))
        expect(page.locator(".htmx-request")).to_have_count(0)


def fill(page: Page, fields: Mapping[str, str]) -> None:
    for label, text in fields.items():
        box = page.get_by_label(label, exact=False).first
        if box.evaluate("box => box.localName") == "select":
            box.select_option(label=text)
        else:
            box.fill(text)


def place(page: Page, scripts: Scripts, price: str) -> None:
    if scripts == "off":
        page.get_by_role("button", name="See the whole order").click()
        expect(page.get_by_role("main")).to_contain_text("Nothing has been charged yet.")
    page.get_by_role("button", name=f"Place order — {price}", exact=True).click()
    page.wait_for_url(re.compile(r"/orders/\d+/$"))


@BOTH
def test_every_kind_of_order_is_placed(shop: Shop, browser: Browsing, scripts: Scripts) -> None:
    page = shop.page(browser, scripts=scripts)
    for name, (fields, price) in KINDS.items():
        choose(page, scripts, shop.services[name])
        fill(page, fields)
        place(page, scripts, price)
    placed = shop.orders()
    assert [order.snapshot["type"] for order in placed] == list(KINDS)
    assert placed[2].parameters == {"comments": ["one", "two", "three"]}


@BOTH
def test_a_drip_feed_shows_its_plan_first(shop: Shop, browser: Browsing, scripts: Scripts) -> None:
    page = shop.page(browser, scripts=scripts)
    page.goto(f"/orders/new/?service={shop.services['default'].pk}")
    page.get_by_text("Spread over time").click()
    fill(page, {"Link": LINK, "Quantity": "100", "Runs": "8", "Minutes between": "60"})
    if scripts == "off":
        page.get_by_role("button", name="See the whole order").click()
    expect(page.get_by_role("main")).to_contain_text("8 runs of 100: 800 in all")
    expect(page.get_by_role("main")).to_contain_text("The last one, run 8")
    page.get_by_role("button", name="Place order — $0.80").click()
    page.wait_for_url(re.compile(r"/orders/\d+/$"))
    [placed] = shop.orders()
    assert (placed.runs, placed.charge_micros) == (8, 800_000)


@BOTH
def test_a_mass_order_is_shown_line_by_line_and_placed(
    shop: Shop, browser: Browsing, scripts: Scripts
) -> None:
    page, number = shop.page(browser, scripts=scripts), shop.services["default"].pk
    page.goto("/orders/mass/")
    lines = [f"{number}|{LINK}{line}|1000" for line in range(3)]
    page.get_by_label("Orders, one per line").fill("\n".join([*lines, "nonsense"]))
    page.get_by_role("button", name="Check the lines").click()
    expect(page.get_by_role("main")).to_contain_text("3 lines can be ordered, 1 cannot")
    if scripts == "on":
        assert violations(page) == []
    page.get_by_label("Order line 2", exact=True).uncheck()
    if scripts == "off":
        page.get_by_role("button", name="Add up again").click()
    page.get_by_role("button", name="Place 2 orders — $2.00").click()
    expect(page.get_by_role("main")).to_contain_text("2 orders are placed for $2.00.")
    expect(page.get_by_label("Orders, one per line")).to_have_value(f"{lines[1]}\nnonsense")
    assert [order.link for order in shop.orders()] == [f"{LINK}0", f"{LINK}2"]


def test_a_refused_line_has_the_width_for_its_reason(shop: Shop, browser: Browsing) -> None:
    page = shop.page(browser, scripts="on")
    page.goto("/orders/mass/")
    page.get_by_label("Orders, one per line").fill("nonsense")
    page.get_by_role("button", name="Check the lines").click()
    reason = page.get_by_role("cell", name="Write it as").bounding_box()
    table = page.locator("#mass-lines").bounding_box()
    assert reason is not None
    assert table is not None
    assert reason["width"] > table["width"] / 2


@BOTH
def test_twenty_fast_clicks_are_one_order(shop: Shop, browser: Browsing, scripts: Scripts) -> None:
    page = shop.page(browser, scripts=scripts)
    service_id = shop.services["default"].pk
    page.goto(f"/orders/new/?service={service_id}&link={LINK}&quantity=1000")
    place = page.get_by_role("button", name="Place order — $1.00")
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    for _click in range(20):
        page.mouse.click(box["x"] + 20, box["y"] + 20)
    expect(page).to_have_url(re.compile(r"/orders/\d+/$"))
    page.go_back()
    page.locator("#place").click()
    expect(page.get_by_role("main")).to_contain_text("for this link is still running")
    assert len(shop.orders()) == 1


def test_the_keyboard_reaches_the_quantity_and_keeps_its_place(
    shop: Shop, browser: Browsing
) -> None:
    page = shop.page(browser)
    page.goto(f"/orders/new/?service={shop.services['default'].pk}")
    presses = 0
    while page.evaluate(FOCUSED) != "id_quantity" and presses < 40:
        page.keyboard.press("Tab")
        presses += page.evaluate(IS_COUNTED)
    assert presses <= 16
    page.locator("#id_service").focus()
    with page.expect_response(lambda answer: "part=fields" in answer.url):
        page.locator("#id_service").select_option(str(shop.services["poll"].pk))
    expect(page.get_by_label("Number of the answer")).to_be_visible()
    assert page.evaluate(FOCUSED) == "id_service"


def test_lines_are_counted_and_priced_while_somebody_types(shop: Shop, browser: Browsing) -> None:
    page = shop.page(browser)
    page.goto(f"/orders/new/?service={shop.services['custom_comments'].pk}&link={LINK}")
    page.get_by_role("textbox", name="Comments").press_sequentially("one\ntwo")
    expect(page.locator("[data-counts]")).to_have_text("2")
    expect(page.get_by_role("button", name="Place order — $0.002")).to_be_visible()
    assert page.evaluate(FOCUSED) == "id_comments"
