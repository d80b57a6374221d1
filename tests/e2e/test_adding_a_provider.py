"""From an address and a key to an order: a provider is added, its list read, looked at and
imported, and a customer buys; in the clicks that were promised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from services.models import Service
from tests.e2e.looking import faults_of, log_in
from tests.house import Browsing, House
from tests.waiting import wait_until
from wallet.money import display

Scripts = Literal["on", "off"]
MOST_CLICKS = 8


class Operator:
    """Presses buttons and counts."""

    def __init__(self, page: Page, scripts: Scripts) -> None:
        self.page = page
        self.scripts = scripts
        self.clicks = 0

    def press(self, name: str | re.Pattern[str], role: Literal["button", "link", "radio"]) -> None:
        self.clicks += 1
        self.page.get_by_role(role, name=name).first.click()

    def wait_for_the_list(self) -> None:
        """With scripts the page says when it is there; without, its reader looks again."""
        if self.scripts == "off":
            wait_until(self._is_read, limit_seconds=60)
        expect(self.page.get_by_role("main")).to_contain_text("What applying does")

    def _is_read(self) -> bool:
        self.page.reload()
        return "What applying does" in self.page.get_by_role("main").inner_text()


@pytest.fixture(autouse=True)
def _sells_nothing_more(house: House) -> Iterator[None]:
    """Other tests look for the services of the demonstration by their names."""
    yield
    with house.rows():
        imported = Service.objects.filter(provider_service__provider__name__startswith="Wholesale")
        imported.update(is_active=False)


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_a_provider_is_added_imported_and_sold_in_eight_clicks(
    house: House, browser: Browsing, scripts: Scripts
) -> None:
    page = browser.page(scripts=scripts)
    log_in(page, house.log_ins["operator"])
    operator = Operator(page, scripts)
    page.goto("/staff/catalogue/providers/")
    operator.press("Add provider", "link")
    page.get_by_label("API address").fill(house.provider.url)
    page.get_by_label("API key").fill(house.provider.key)
    page.get_by_label("Name").fill(f"Wholesale {scripts}")
    operator.press("Add and test", "button")
    expect(page.get_by_role("main")).to_contain_text("It answers. Our balance there:")
    operator.press(re.compile("Read the price list"), "button")
    operator.wait_for_the_list()
    keeps_nobody_out(page, scripts)
    operator.press(re.compile("Apply .* without a warning"), "button")
    expect(page.get_by_role("heading", name="Import services")).to_be_visible()
    keeps_nobody_out(page, scripts)
    operator.press(re.compile("Automated accounts"), "radio")
    operator.press(re.compile("On sale at once"), "radio")
    operator.press(re.compile("Import .* services"), "button")
    expect(page.get_by_role("main")).to_contain_text("services are imported")
    assert operator.clicks <= MOST_CLICKS
    order_one_of(house, browser, scripts)


def keeps_nobody_out(page: Page, scripts: Scripts) -> None:
    """Light at a desk's width, dark at a telephone's; axe needs scripts."""
    if scripts == "on":
        assert faults_of(page, page.url) == []


def order_one_of(house: House, browser: Browsing, scripts: Scripts) -> None:
    """What was imported is on sale, at a price above its cost; the provider gets the order."""
    number, rate_micros = _imported(house, scripts)
    assert rate_micros > 21_000
    page = browser.page()
    log_in(page, house.log_ins["customer"])
    link = f"https://example.com/imported/{scripts}"
    page.goto(f"/orders/new/?service={number}&link={link}&quantity=1000")
    page.get_by_role("button", name=f"Place order — {display(rate_micros)}", exact=True).click()
    page.wait_for_url(re.compile(r"/orders/\d+/$"))
    wait_until(lambda: house.provider.counts().get(link) == 1, limit_seconds=60)


def _imported(house: House, scripts: Scripts) -> tuple[int, int]:
    """The number and the price of the provider's views, which cost 0.021 there."""
    with house.rows():
        one = Service.objects.get(
            provider_service__provider__name=f"Wholesale {scripts}",
            provider_service__external_id="103",
        )
    return one.pk, one.rate_micros
