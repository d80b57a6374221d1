"""S-13: no parameter of any address leads to another site. S-14: no header does."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.conf import settings as real_settings
from django.core.exceptions import DisallowedHost
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import OutboundMail
from tests.security.crawling import Crawl
from tests.security.filling import filled, posting
from tests.security.htmlforms import forms_of, links_of
from tests.security.targets import every_target
from tests.security.walking import Walker, undone
from tests.security.world import ALICE, NOBODY, ROOT, World

NAMES = ("next", "return_to", "redirect", "redirect_to", "return_url", "url", "back", "continue")
ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https:///evil.example/",
    "http://testserver@evil.example/",
    "\thttps://evil.example",
    "/%0d%0aLocation:https://evil.example",
    "/%5cevil.example",
    "javascript:alert('evil.example')",
]


POISON = {
    "host": "evil.example",
    "x-forwarded-host": "evil.example",
    "forwarded": "host=evil.example",
    "x-forwarded-proto": "https",
}


def is_elsewhere(address: str) -> bool:
    """Whether a browser would leave the site: by a host of its own, or by a scheme."""
    plain = "".join(address.split()).replace("\\", "/").lower()
    return plain.startswith(("//", "http", "javascript:", "data:")) and "evil" in plain


@pytest.fixture
def walker(standing: World) -> Walker:
    return Walker(standing)


@pytest.mark.parametrize("address", ELSEWHERE[::4])
def test_no_address_leads_elsewhere(walker: Walker, address: str) -> None:
    query = urlencode(dict.fromkeys(NAMES, address))
    for target in every_target():
        if target.model is None:
            for role in (NOBODY, ALICE):
                path = f"{walker.path(target)}?{query}"
                with undone():
                    answer = walker.ask(path, role=role, method="GET")
                assert not is_elsewhere(answer.headers.get("Location", "")), (role, path)
                html = "" if answer.streaming else answer.content.decode()
                leads = [*links_of(path, html), *(form.action for form in forms_of(path, html))]
                assert not [lead for lead in leads if is_elsewhere(lead)], (role, path)


def test_no_form_leads_elsewhere(crawls: dict[str, Crawl], walker: Walker) -> None:
    for role, form in posting(crawls):
        if role == ROOT:
            continue
        for address in ELSEWHERE:
            values = {**filled(form, walker.world), **dict.fromkeys(NAMES, address)}
            with undone():
                answer = walker.send(form, values, role=role)
            assert not is_elsewhere(answer.headers.get("Location", "")), (form.action, address)


def test_what_leads_elsewhere_is_recognised() -> None:
    assert all(map(is_elsewhere, ELSEWHERE[:7]))
    assert not is_elsewhere("/account/login/?next=//evil.example")


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver:80@evil", ""]
)
def test_an_unknown_host_is_refused_everywhere(host: str) -> None:
    for path in ("/", "/account/login/", "/api/v2", "/webhooks/stripe/", "/healthz", "/admin/"):
        assert Client().get(path, headers={"host": host}).status_code == 400, path


def test_a_forwarded_host_is_not_believed(settings: Settings) -> None:
    assert not real_settings.USE_X_FORWARDED_HOST
    settings.ALLOWED_HOSTS = ["panel.example"]
    request = RequestFactory().get("/", headers={"x-forwarded-host": "panel.example"})
    with pytest.raises(DisallowedHost):
        request.get_host()


def test_every_link_in_every_mail_leads_to_the_site(
    crawls: dict[str, Crawl], walker: Walker, settings: Settings
) -> None:
    """Whoever asks, and whatever host and proxy he names: mails of every form of the panel."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://panel.example"
    mails: list[OutboundMail] = []
    for role, form in posting(crawls):
        client = walker.world.client(role)
        with undone():
            old = set(OutboundMail.objects.values_list("pk", flat=True))
            client.post(form.action, filled(form, walker.world), headers=POISON)
            mails += OutboundMail.objects.exclude(pk__in=old)
    assert len(mails) >= 5
    bodies = "\n".join(mail.subject + mail.body + mail.html for mail in mails)
    assert "evil" not in bodies
    assert "https://panel.example/" in bodies
    assert "http://" not in bodies
