"""Finding and remembering a service with scripts: what is typed stays, and so does the focus."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.looking import log_in
from tests.house import Browsing, House

FOCUSED = "document.activeElement.id"


def test_a_service_is_found_in_spite_of_a_typo_and_marked(house: House, browser: Browsing) -> None:
    page = browser.page()
    log_in(page, house.log_ins["customer"])
    number = pick_by_a_typo(page)
    page.goto(f"/services/?q={number}")
    star = page.locator(f"#star-{number}")
    star.focus()
    page.keyboard.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(FOCUSED) == f"star-{number}"
    page.goto("/orders/new/")
    page.locator("#known").click()
    expect(page.get_by_role("list", name="Favourites")).to_contain_text(number)


def pick_by_a_typo(page: Page) -> str:
    """Types "folloers" beside a link that is filled in; returns the number that was picked."""
    page.goto("/orders/new/?link=example.com/p/1")
    page.get_by_label("Find a service").press_sequentially("folloers")
    expect(page.locator("#found")).to_contain_text("This comes close")
    page.locator("#found a").first.click()
    expect(page.locator("#service-title")).to_contain_text("Followers")
    expect(page.get_by_label("Link", exact=True)).to_have_value("example.com/p/1")
    assert page.evaluate(FOCUSED) == "id_link"
    return page.locator("#id_service").input_value()
