"""S-04, S-16: markup in any text stays a text in a real browser, and no page breaks the policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Dialog, Page

from accounts.models import User
from tests.house import Browsing, House
from tests.security import hostile
from tests.security.hostile import Hostile, pieces
from tests.tickets.corpus import MARKUP

# What the page shows, of whatever kind: words, fields and choices, blanks made one.
SHOWN = """() => [document.body.innerText, document.body.textContent,
  ...[...document.querySelectorAll('input,textarea,option')].map(e => e.value)]
  .join(' ').replace(/\\s+/g, ' ')"""
# What only markup could have brought in.
ALIEN = """() => [...document.querySelectorAll(
  'script:not([src]), script[src^="data:"], iframe, object, embed, base, style, math,'
  + 'img[src=x], meta[http-equiv=refresh], a[href^="javascript"], a[href^="data:"],'
  + '[onload], [onerror], [onmouseover], [onfocus], [ontoggle], [style*="url"],'
  + 'form[action^="javascript"], [hx-trigger="load"]')]
  .map(e => e.outerHTML.slice(0, 80))"""
WATCH = """window.violations = [];
document.addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective));"""


@pytest.fixture
def planted(house: House) -> Iterator[Hostile]:
    with house.rows():
        found = hostile.plant(timezone.now())
        yield found
        hostile.uproot(found)


class Reader:
    """One person's browser, which notices what should not happen."""

    def __init__(self, browser: Browsing, user: User | None) -> None:
        self.page: Page = browser.page()
        self.dialogs: list[str] = []
        self.page.add_init_script(WATCH)
        self.page.on("dialog", self._dismiss)
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies["session"].value
            self.page.context.add_cookies(
                [{"name": "session", "value": session, "url": browser.url}]
            )

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def read(self, path: str, texts: list[str]) -> dict[str, object]:
        """What is wrong with the page, by kind; nothing, if all is well."""
        self.dialogs.clear()
        answer = self.page.goto(path, wait_until="load")
        shown = self.page.evaluate(SHOWN)
        found: dict[str, object] = {
            "status": answer.status if answer and answer.status != 200 else "",
            "missing": [text for text in texts if " ".join(text.split()) not in shown],
            "alien": self.page.evaluate(ALIEN),
            "violations": self.page.evaluate("violations"),
            "dialogs": list(self.dialogs),
        }
        return {kind: fault for kind, fault in found.items() if fault}


def customer_pages(found: Hostile) -> list[tuple[str, list[str]]]:
    service, ticket, order = found.services[0], found.tickets[0], found.orders[0]
    return [
        ("/services/", pieces(200) + MARKUP),
        (f"/services/{service.pk}/", [service.name, service.category.name, *MARKUP]),
        (f"/orders/new/?service={service.pk}", [service.name, service.category.name]),
        (f"/orders/new/?q={MARKUP[0]}&link={MARKUP[3]}&quantity={MARKUP[0]}", [MARKUP[3]]),
        ("/dashboard/", [found.orders[-1].snapshot["name"]]),
        ("/orders/", [one.link.removeprefix("https://") for one in found.orders[-3:]]),
        (f"/orders/{order.pk}/", [order.link]),
        ("/tickets/", pieces(120)),
        (f"/tickets/{ticket.pk}/", [ticket.subject, *MARKUP]),
        (f"/tickets/new/?order={order.pk}", [service.name]),
        ("/account/api-keys/", pieces(60)[:8]),
        ("/wallet/", []),
        (f"/wallet/top-up/?amount={MARKUP[0]}", [MARKUP[0]]),
        ("/account/", []),
        ("/account/email/", []),
        ("/account/password/change/", []),
        ("/legal/", []),
        ("/legal/terms/", []),
        ("/api/docs/", []),
    ]


def desk_pages(found: Hostile) -> list[tuple[str, list[str]]]:
    ticket = found.tickets[0]
    return [
        ("/staff/", []),
        ("/staff/tickets/", pieces(120)),
        (f"/staff/tickets/?q={MARKUP[0]}", [MARKUP[0]]),
        (f"/staff/tickets/{ticket.pk}/", [ticket.subject, *MARKUP]),
        (f"/staff/orders/{found.orders[0].pk}/", [found.orders[0].link]),
        (f"/staff/orders/find/?q={MARKUP[0]}", [MARKUP[0]]),
    ]


def admin_pages(found: Hostile) -> list[tuple[str, list[str]]]:
    rows, order, service = found.rows, found.orders[0], found.services[0]
    return [
        ("/staff/orders/uncertain/", pieces(480)),
        (f"/staff/orders/{order.pk}/", [pieces(480)[0]]),
        ("/admin/", []),
        ("/admin/services/service/", pieces(200)),
        (f"/admin/services/service/{service.pk}/change/", [service.name, *MARKUP]),
        ("/admin/services/service/add/", [service.category.name]),
        ("/admin/services/category/", [service.category.name]),
        ("/admin/services/providerservice/", pieces(200)),
        (f"/admin/services/provider/{rows['provider']}/change/", [pieces(60)[0]]),
        ("/admin/orders/order/", []),
        (f"/admin/orders/order/{order.pk}/change/", [order.link, pieces(480)[0]]),
        ("/admin/orders/submission/", [pieces(480)[0][:200]]),
        ("/admin/tickets/ticket/", pieces(120)),
        (f"/admin/tickets/ticket/{found.tickets[0].pk}/change/", MARKUP),
        ("/admin/accounts/user/", [hostile.EMAIL]),
        (f"/admin/accounts/user/{found.mallory.pk}/change/", []),
        (f"/admin/accounts/case/{rows['case']}/change/", MARKUP),
        (f"/admin/accounts/killswitch/{rows['killswitch']}/change/", [pieces(200)[2]]),
        ("/admin/accounts/killswitch/", [pieces(200)[2]]),
        (f"/admin/accounts/outboundmail/{rows['outboundmail']}/change/", MARKUP),
        ("/admin/accounts/actlog/", [pieces(480)[0]]),
        (f"/admin/legal/acceptance/{rows['acceptance']}/change/", [pieces(400)[0]]),
        ("/admin/legal/publication/add/", []),
        (f"/admin/wallet/gatewayevent/{rows['gatewayevent']}/change/", []),
        ("/admin/auth/group/add/", []),
        ("/admin/password_change/", []),
    ]


def public_pages(_found: Hostile) -> list[tuple[str, list[str]]]:
    return [
        ("/", []),
        (f"/services/?q={MARKUP[0]}", [MARKUP[0]]),
        ("/account/login/", []),
        (f"/account/login/?next={MARKUP[0]}", []),
        ("/account/password/reset/", []),
        ("/demo/mail/", [pieces(200)[2], *MARKUP]),
    ]


def test_the_corpus_is_whole_in_pieces() -> None:
    assert len(MARKUP) == 40
    for limit in (120, 200, 480):
        assert all(" ".join(markup.split()) in " ".join(pieces(limit)) for markup in MARKUP)


def test_markup_is_shown_and_never_run(browser: Browsing, planted: Hostile) -> None:
    walks = [
        (None, public_pages),
        (planted.mallory, customer_pages),
        (planted.sam, desk_pages),
        (planted.root, admin_pages),
    ]
    faults = {}
    for user, pages in walks:
        reader = Reader(browser, user)
        for path, texts in pages(planted):
            faults[path] = reader.read(path, texts)
    assert {path: found for path, found in faults.items() if found} == {}


def test_the_reader_notices_what_would_run(browser: Browsing) -> None:
    reader = Reader(browser, None)
    reader.page.goto("/")
    reader.page.evaluate("html => { document.querySelector('main').innerHTML = html; }", MARKUP[3])
    assert reader.page.evaluate(ALIEN) == ['<img src="x" onerror="alert(1)">']
    reader.page.wait_for_function("violations.length > 0")
    browser.problems.clear()
