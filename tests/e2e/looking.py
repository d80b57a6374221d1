"""How a page is looked at: by somebody who logged in, and by axe."""

from __future__ import annotations

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Nothing may have to be scrolled sideways, least of all to see where one is.
TAB_OUT_OF_SIGHT = """[...document.querySelectorAll('.tabs [aria-current]')].some(
    tab => tab.getBoundingClientRect().right > innerWidth)"""


def log_in(page: Page, person: dict[str, str]) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(person["email"])
    page.get_by_label("Password", exact=True).fill(person["password"])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def faults_of(page: Page, address: str) -> list[str]:
    """Whom the page keeps out: dark at a telephone's width, then light at a desk's."""
    # A colour is looked at when it has changed, not while it does.
    page.emulate_media(reduced_motion="reduce")
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200, address
    found = [*_faults(page, "dark", width=360), *_faults(page, "light", width=1280)]
    page.emulate_media(reduced_motion="null")
    return found


def _faults(page: Page, scheme: Literal["light", "dark"], *, width: int) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    found = []
    for fault in violations(page):
        places = [place["html"][:80] for place in fault["nodes"][:2]]
        found.append(f"{scheme}: {fault['id']} {places}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{width} px: wider than the screen")
    if page.evaluate(TAB_OUT_OF_SIGHT):
        found.append(f"{width} px: the marked tab is out of sight")
    return found


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds on the page as it is shown now. Only that is carried over: the rest of what it
    says is hundreds of kilobytes for a page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then(results => results.violations)"
    )
    return found
