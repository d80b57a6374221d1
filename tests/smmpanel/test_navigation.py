"""Which link of the header and of a row of tabs is marked, on the pages inside a section too."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from smmpanel.navigation import NAVS, nearest
from tests.orders.webhooks.receiving import endpoint


@pytest.mark.parametrize(
    ("nav", "path", "name"),
    [
        ("customers", "/account/webhooks/7/messages/3/", "accounts:api_keys"),
        ("customers", "/api/docs/v3/", "accounts:api_keys"),
        ("customers", "/orders/mass/", "orders:order_new"),
        ("customers", "/orders/7/cancel/", "orders:order_list"),
        ("customers", "/account/", None),
        ("staff", "/staff/payments/reports/clearing/", "staff_home"),
        ("account", "/account/country/", "accounts:profile"),
        ("api", "/account/api-keys/7/change/", "accounts:api_keys"),
        ("api", "/api/docs/", "api_docs"),
        ("api", "/api/docs/v3/", "api_docs_v3"),
        ("catalogue", "/staff/catalogue/prices/edits/7/", "staff_services:price_edit"),
        ("catalogue", "/staff/catalogue/prices/currencies/", "staff_services:price_rules"),
        ("money", "/staff/payments/7/", "wallet_staff:payments"),
        ("money", "/staff/payments/decisions/7/", "wallet_staff:decisions"),
    ],
)
def test_a_page_belongs_to_the_nearest_link(nav: str, path: str, name: str | None) -> None:
    found = nearest(NAVS[nav], path)
    assert (found.to if found else None) == name


def test_a_page_inside_a_section_marks_it_in_the_header_and_the_tabs(alice: User) -> None:
    hook, _secret = endpoint(alice)
    client = Client()
    client.force_login(alice)
    page = client.get(f"/account/webhooks/{hook.pk}/delete/").content.decode()
    marked = re.findall(r'<a href="([^"]+)" aria-current="true"', page)
    assert marked == ["/account/api-keys/", "/account/webhooks/"]
    assert 'aria-current="page"' not in page


def test_a_tab_is_shown_to_whom_it_leads_somewhere(sam: User) -> None:
    sam.user_permissions.add(Permission.objects.get(codename="view_provider"))
    client = Client()
    client.force_login(sam)
    page = client.get("/staff/catalogue/answers/").content.decode()
    assert '<a href="/staff/catalogue/answers/" aria-current="page">' in page
    assert 'href="/staff/catalogue/files/"' not in page
