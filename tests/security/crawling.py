"""Following every link that a person is shown, and collecting the forms on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from django.test import Client

from tests.security.checksums import checksum
from tests.security.htmlforms import Form, forms_of, links_of
from tests.security.world import World


@dataclass
class Crawl:
    """Status by address; all links, also those not followed; the tables that all this reading has
    changed, of which there should be none; a form of each kind of address and set of fields."""

    statuses: dict[str, int] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    forms: dict[tuple[str, ...], Form] = field(default_factory=dict)


def starts(world: World) -> list[str]:
    """Where a visit begins: everything else is linked from here."""
    order = {"service": world.service.pk, "link": "https://example.com/p/2", "quantity": 100}
    form = f"/orders/new/?{urlencode(order)}"
    return ["/", "/dashboard/", form, "/account/logout/", "/staff/", "/admin/", "/demo/mail/"]


def crawl(client: Client, starts: list[str]) -> Crawl:
    found, waiting, kinds = Crawl(), list(starts), set[str]()
    before = checksum()
    while waiting:
        address = waiting.pop(0)
        if _kind(address) in kinds or _is_filtered(address):
            continue
        kinds.add(_kind(address))
        answer = client.get(address)
        found.statuses[address] = answer.status_code
        if answer.headers.get("Location"):
            waiting.append(answer["Location"])
        if "html" in answer.headers.get("Content-Type", "") and not answer.streaming:
            html = answer.content.decode()
            links = [link for link in links_of(address, html) if _is_ours(link)]
            found.links.update(links)
            waiting += links
            _note_forms(found, forms_of(address, html))
    found.changed = {table for table, content in checksum().items() if content != before[table]}
    return found


def _note_forms(found: Crawl, forms: list[Form]) -> None:
    for form in forms:
        path = _kind(urlsplit(form.action).path)
        names = sorted({one.name for one in form.fields}) if form.method == "post" else []
        found.forms.setdefault((path, form.method, *names), form)


def _is_ours(link: str) -> bool:
    parts = urlsplit(link)
    return not parts.netloc and parts.path.startswith("/") and not parts.path.startswith("/static/")


def _is_filtered(address: str) -> bool:
    """The admin links each list with every filter in every order."""
    return address.startswith("/admin/") and "?" in address


def _kind(address: str) -> str:
    """An address without its numbers and values, which make no other page of it."""
    parts = urlsplit(address)
    names = re.sub(r"=[^&]*", "", parts.query)
    return re.sub(r"\d+", "0", parts.path) + (f"?{names}" if names else "")
