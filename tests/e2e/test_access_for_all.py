"""Nobody is kept out by how a page is made: axe finds nothing on the pages about money, light at a
desk's width and dark at a telephone's."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.house import Browsing, House

CUSTOMER = (
    "/wallet/",
    "/wallet/top-up/",
    "/wallet/payback/",
    "/wallet/automatic/",
    "/wallet/alert/",
    "/wallet/currency/",
    "/orders/spending/",
    "/orders/new/?service=1&link=example.com/p/1&quantity=1000",
    "/orders/mass/",
    "/tickets/refund-request/",
    "/orders/withdraw/",
    "/orders/plans/",
    "/services/",
    "/services/?q=nothing+fits",
    "/services/1/",
    "/services/compare/?service=1&service=2",
    "/services/favourites/",
    "/services/glossary/",
    "/services/your-prices/",
    "/services/updates/",
    "/account/country/",
    "/account/api-keys/",
    "/account/compromised/",
    "/api/docs/",
    "/api/docs/v3/",
    "/api/status/",
    "/api/calls/",
    "/account/webhooks/",
    "/account/webhooks/help/",
)
FINANCE = (
    "/staff/",
    "/staff/orders/claims/",
    "/staff/payments/",
    "/staff/payments/bank/",
    "/staff/payments/withdrawals/",
    "/staff/payments/disputes/",
    "/staff/payments/decisions/",
    "/staff/payments/unmatched/",
    "/staff/payments/reports/trial-balance/",
    "/staff/payments/reports/liability/",
    "/staff/payments/reports/clearing/",
    "/staff/payments/customers/{customer}/",
    "/staff/payments/customers/{customer}/goodwill/",
    "/staff/payments/customers/{customer}/correct/",
    "/staff/payments/customers/{customer}/forfeit/",
)


OPERATOR = (
    "/staff/orders/held/",
    "/staff/orders/stuck/",
    "/staff/orders/uncertain/",
    "/staff/orders/orphans/",
    "/staff/catalogue/answers/",
    "/staff/catalogue/providers/",
    "/staff/catalogue/providers/new/",
    "/staff/catalogue/providers/own/",
    "/staff/api/",
    "/staff/catalogue/providers/1/",
    "/staff/catalogue/providers/1/change/",
    "/staff/catalogue/providers/1/import/",
    "/staff/catalogue/providers/1/price-lists/",
    "/staff/catalogue/offers/1/",
    "/staff/catalogue/prices/",
    "/staff/catalogue/prices/rules/new/",
    "/staff/catalogue/prices/edit/?act=percent_up&value=5&step=0.0001",
    "/staff/catalogue/prices/rises/",
    "/staff/catalogue/prices/currencies/",
    "/staff/catalogue/prices/why/?service=1",
    "/staff/catalogue/files/",
    "/staff/catalogue/health/",
    "/staff/catalogue/health/1/",
)
# Nothing may have to be scrolled sideways, least of all to see where one is.
TAB_OUT_OF_SIGHT = """[...document.querySelectorAll('.tabs [aria-current]')].some(
    tab => tab.getBoundingClientRect().right > innerWidth)"""


@pytest.mark.parametrize(
    ("who", "addresses"), [("customer", CUSTOMER), ("finance", FINANCE), ("operator", OPERATOR)]
)
def test_axe_finds_nothing(
    house: House, browser: Browsing, who: str, addresses: tuple[str, ...]
) -> None:
    page = browser.page()
    log_in(page, house.log_ins[who])
    if who == "finance":
        number = number_of(house, house.log_ins["customer"]["email"])
        addresses = tuple(address.format(customer=number) for address in addresses)
    faults = {address: faults_of(page, address) for address in addresses}
    assert {address: found for address, found in faults.items() if found} == {}


def number_of(house: House, email: str) -> int:
    ask = f"from accounts.models import User; print(User.objects.get(email={email!r}).pk)"
    return int(house.manage("shell", "-v", "0", "-c", ask))


def log_in(page: Page, person: dict[str, str]) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(person["email"])
    page.get_by_label("Password", exact=True).fill(person["password"])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def faults_of(page: Page, address: str) -> list[str]:
    found = []
    for scheme, width in (("light", 1280), ("dark", 360)):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        page.set_viewport_size({"width": width, "height": 900})
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        for fault in Axe().run(page).response["violations"]:
            places = [place["html"][:80] for place in fault["nodes"][:2]]
            found.append(f"{scheme}: {fault['id']} {places}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{width} px: wider than the screen")
        if page.evaluate(TAB_OUT_OF_SIGHT):
            found.append(f"{width} px: the marked tab is out of sight")
    return found
