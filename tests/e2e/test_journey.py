"""A stranger's first quarter of an hour, on the running panel, with real processes throughout."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.house import Browsing, House
from tests.waiting import wait_until

PASSWORD = "a long enough pass phrase"
LINK_BY_API = "https://example.com/partial-25/by-api"
# Undo time, hand-out, the provider's own time and two polls: everything waits for the next.
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def log_ins(house: House) -> dict[str, dict[str, str]]:
    return house.log_ins


def sign_up(page: Page, email: str) -> None:
    page.goto("/account/signup/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    for tick in page.get_by_role("checkbox").all():
        tick.check()
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("main")).to_contain_text(email)
    confirm_address(page, email)


def confirm_address(page: Page, email: str) -> None:
    """As a newcomer does it: by the link in the mail, which the demonstration shows."""
    page.goto("/demo/mail/")
    mail = page.get_by_role("article").filter(has_text=email).first
    page.goto(mail.locator("a[href*='confirm-email']").first.get_attribute("href") or "")
    page.get_by_role("button", name="Yes, confirm").click()
    if "/account/login/" in page.url:
        log_in(page, email, PASSWORD)


def log_in(page: Page, email: str, password: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


def top_up(page: Page, amount: str) -> None:
    page.goto("/wallet/top-up/")
    page.get_by_label(re.compile("Another amount")).fill(amount)
    accepts = page.get_by_label(re.compile("With this payment I accept"))
    if accepts.count():  # once for each version of the documents
        accepts.check()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("main")).to_contain_text("No real money moves")
    page.get_by_role("button", name="Pay by test card", exact=True).click()
    # Back from the payment page, which is another site: nobody reloads on the way.
    page.wait_for_url(re.compile("/wallet/deposits/"))
    wait_until(lambda: "Paid" in look_again(page), limit_seconds=PATIENCE_MS / 1000)


def look_again(page: Page) -> str:
    """With scripts the page comes by itself; without, its reader asks."""
    page.reload()
    return page.get_by_role("main").inner_text()


@pytest.fixture(scope="module")
def followers(house: House, log_ins: dict[str, dict[str, str]]) -> int:
    """The number of a service at 1.35 per 1000, as the API lists it."""
    offered = call(house, log_ins["customer"]["api_key"], action="services")
    return int(next(one["service"] for one in offered if one["name"] == "Followers, standard"))


@pytest.fixture(scope="module", autouse=True)
def by_api(house: House, log_ins: dict[str, dict[str, str]], followers: int) -> str:
    """The number of an order that runs while all else is tried out."""
    fields = {"action": "add", "service": followers, "link": LINK_BY_API, "quantity": 400}
    return str(call(house, log_ins["customer"]["api_key"], **fields)["order"])


def place_order(page: Page, *, service: int, link: str, quantity: int) -> str:
    """Fills the form; returns the order's number."""
    page.goto("/orders/new/?" + urlencode({"service": service}))
    page.get_by_label("Link").fill(link)
    page.get_by_label("Quantity").fill(str(quantity))
    price = f"${1.35 * quantity / 1000:.2f}"
    place = page.get_by_role("button", name=f"Place order — {price}")
    place.click()
    page.wait_for_url(re.compile(r"/orders/\d+/$"))
    return page.url.rstrip("/").rpartition("/")[2]


def test_a_newcomer_orders_and_gets_back_what_was_not_delivered(
    house: House, browser: Browsing, log_ins: dict[str, dict[str, str]], followers: int
) -> None:
    page = browser.page()
    sign_up(page, "newcomer@example.com")
    top_up(page, "20")
    order_id = place_order(
        page, service=followers, link="https://example.com/partial-40", quantity=1000
    )

    # The page follows by itself: nobody reloads it.
    expect(page.get_by_role("main")).to_contain_text("Partial", timeout=PATIENCE_MS)
    expect(page.get_by_role("main")).to_contain_text("$0.54")
    page.goto("/wallet/")
    statement = page.get_by_role("table")
    expect(statement).to_contain_text("+$0.54")
    expect(statement).to_contain_text("−$1.35")
    expect(page.get_by_role("main")).to_contain_text("$19.19")

    ticket = open_ticket(page, order_id)
    support_answers(browser, log_ins["support"], ticket)
    page.goto(f"/tickets/{ticket}/")
    expect(page.get_by_role("main")).to_contain_text("Forty percent did not arrive.")
    operator_looks_the_order_up(browser, log_ins["operator"], order_id)
    support_is_kept_out(browser, log_ins["support"])
    assert json.loads(house.manage("verify_ledger", "--json"))["ok"] is True


def open_ticket(page: Page, order_id: str) -> str:
    page.goto(f"/orders/{order_id}/")
    page.get_by_role("link", name=re.compile("support", re.I)).first.click()
    page.get_by_label("Subject").fill("Why only a part?")
    page.get_by_label("Message").fill("What happened to the rest?")
    page.get_by_role("main").get_by_role("button").last.click()
    page.wait_for_url(re.compile(r"/tickets/\d+/"))
    return page.url.split("/tickets/")[1].partition("/")[0]


def support_answers(browser: Browsing, person: dict[str, str], ticket: str) -> None:
    page = browser.page()
    log_in(page, person["email"], person["password"])
    page.goto("/staff/tickets/")
    page.get_by_role("link", name=re.compile("Why only a part")).first.click()
    expect(page.get_by_role("main")).to_contain_text("partial-40")  # the order beside it
    page.get_by_role("textbox").last.fill("Forty percent did not arrive.")
    page.get_by_role("button", name=re.compile("Send|Reply|Answer")).first.click()
    expect(page.get_by_role("main")).to_contain_text("Forty percent did not arrive.")


def operator_looks_the_order_up(browser: Browsing, person: dict[str, str], order_id: str) -> None:
    page = browser.page()
    log_in(page, person["email"], person["password"])
    page.goto(f"/admin/orders/order/{order_id}/change/")
    expect(page.locator("#content")).to_contain_text("partial-40")
    expect(page.locator("#content")).to_contain_text("accepted", ignore_case=True)
    assert page.locator("#content input:not([type=hidden]), #content textarea").count() == 0
    page.get_by_role("link", name="Transfers of this order").click()
    for word in ("Order", "Refund", "$0.54", f"order:{order_id}"):
        expect(page.locator("#result_list")).to_contain_text(word)
    assert page.get_by_role("link", name=re.compile("Add transfer")).count() == 0


def support_is_kept_out(browser: Browsing, person: dict[str, str]) -> None:
    page = browser.page()
    log_in(page, person["email"], person["password"])
    for path in ("/admin/wallet/transfer/", "/admin/services/provider/", "/admin/accounts/apikey/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403, path


def test_the_same_works_without_javascript_and_an_order_can_be_taken_back(
    browser: Browsing, followers: int
) -> None:
    page = browser.page(scripts="off", width=360)
    sign_up(page, "plain@example.com")
    top_up(page, "5")
    page.goto(f"/orders/new/?service={followers}")
    page.get_by_label("Link").fill("https://example.com/p/plain")
    page.get_by_label("Quantity").fill("1000")
    page.get_by_role("button", name="See the whole order").click()
    expect(page.get_by_role("main")).to_contain_text("Nothing has been charged yet")
    page.get_by_role("button", name="Place order — $1.35").click()
    page.get_by_role("link", name=re.compile("Cancel")).first.click()
    page.get_by_role("button", name=re.compile("Cancel")).click()
    expect(page.get_by_role("main")).to_contain_text("Canceled")
    page.goto("/wallet/")
    expect(page.get_by_role("main")).to_contain_text("$5.00")


def call(house: House, key: str, **fields: object) -> Any:
    body = urlencode({"key": key, **fields}).encode()
    with urlopen(f"{house.url}/api/v2", data=body, timeout=20) as answer:
        return json.load(answer)


def test_an_order_by_api_runs_the_same_way(
    house: House, log_ins: dict[str, dict[str, str]], by_api: str
) -> None:
    key = log_ins["customer"]["api_key"]

    def is_partial() -> bool:
        return str(call(house, key, action="status", order=by_api)["status"]) == "Partial"

    wait_until(is_partial, limit_seconds=PATIENCE_MS / 1000, look_every_seconds=1.5)
    status = call(house, key, action="status", order=by_api)
    assert (status["charge"], status["remains"]) == ("0.405", "100")
    assert house.provider.counts()[LINK_BY_API] == 1
