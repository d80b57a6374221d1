"""The running panel that end-to-end tests use, and the browser that looks at it."""

import json

from tests.house import Browsing, House


def test_it_runs_on_a_database_of_its_own(house: House) -> None:
    log_ins = json.loads(house.manage("demo_credentials", "--json"))
    assert log_ins["url"] == house.url
    assert log_ins["provider"]["url"] == house.provider.url
    assert json.loads(house.manage("verify_ledger", "--json"))["ok"] is True


def test_a_page_opens_with_scripts_and_without(browser: Browsing) -> None:
    for page in (browser.page(), browser.page(scripts="off", scheme="dark", width=390)):
        answer = page.goto("/")
        assert answer
        assert answer.status == 200
        assert page.locator("main").is_visible()


def test_blocked_content_is_noticed(browser: Browsing) -> None:
    page = browser.page()
    page.goto("/")
    page.evaluate(
        "() => { const code = document.createElement('script'); code.textContent = '1';"
        " document.body.append(code); }"
    )
    page.wait_for_timeout(0)
    assert any("Content Security Policy" in text for text in browser.problems)
    browser.problems.clear()
