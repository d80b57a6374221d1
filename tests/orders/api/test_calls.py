"""A customer sees what his programs called and what they were told, and nobody else's calls."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import usage
from accounts.models import ApiCall, User
from orders.api import calls
from services.models import Service
from tests.orders.api.program import LINK, Program

pytestmark = pytest.mark.django_db
ADDRESS = "/api/calls/"


@pytest.fixture
def page(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def read(page: Client, **query: str) -> str:
    usage.flush()
    return page.get(ADDRESS, query).content.decode()


def test_every_call_is_there_in_plain_words(page: Client, script: Program, shop: Service) -> None:
    script.add(shop)
    script.add(shop, link="secret-of-nobody")
    script.send(action="nonsense-of-a-script")
    rows = read(page)
    assert "Bad Link" in rows
    assert f"{reverse('api_docs')}#error-invalid_link" in rows
    assert "This action is Invalid" in rows
    assert script.key[:10] in rows
    assert not {script.key, "secret-of-nobody", "nonsense-of-a-script", LINK} & set(rows.split())
    assert script.key not in rows
    stored = list(ApiCall.objects.order_by("pk").values_list("action", "code", "http_status"))
    assert stored == [("add", "", 200), ("add", "invalid_link", 200), ("", "unknown_action", 200)]


def test_a_call_without_a_key_is_nobodys_and_one_at_the_door_its_keys(
    page: Client, script: Program
) -> None:
    script.client.post("/api/v2", {"key": "panel_unknown", "action": "balance"})
    script.client.put("/api/v2")
    User.objects.update(api_suspended_until=timezone.now() + timedelta(hours=1))
    script.send(action="balance")
    read(page)
    assert [call.code for call in ApiCall.objects.all()] == ["api_suspended"]


def test_they_can_be_narrowed_down(page: Client, script: Program, shop: Service) -> None:
    script.ask(action="balance")
    script.add(shop, link="nothing")
    errors = read(page, errors="1")
    assert ("invalid_link" in errors, '<b class="mono">balance' in errors) == (True, False)
    balances = read(page, action="balance", key=script.key[:10])
    assert ("invalid_link" in balances, '<b class="mono">balance' in balances) == (False, True)
    assert "invalid_link" in read(page, action="'", key="x", before="１", errors="yes")
    assert "No such calls" in read(page, action="mass")


def test_an_error_leads_to_the_page_of_its_own_api(page: Client, alice: User) -> None:
    for api, code, status in (("v2", "in_debt", 200), ("v3", "in_debt", 409), ("v3", "", 500)):
        called = {"api": api, "code": code, "http_status": status, "took_ms": 1}
        ApiCall.objects.create(user=alice, at=timezone.now(), **called)
    rows = read(page, errors="1")
    linked = re.findall(r'<a href="([^"]+)">in_debt<', rows)
    assert linked == [f"{reverse('api_docs_v3')}#in_debt", f"{reverse('api_docs')}#error-in_debt"]
    assert rows.count("Failed") == 1


def test_strangers_calls_are_not_there(page: Client, stranger: Program, script: Program) -> None:
    stranger.ask(action="balance")
    assert "No calls yet" in read(page)
    assert "No calls yet" in read(page, key=stranger.key[:10])


def test_older_ones_are_on_the_next_page(
    page: Client, script: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PAGE_SIZE", 2)
    for _ in range(5):
        script.ask(action="balance")
    seen, query = 0, dict[str, str]()
    while True:
        rows = read(page, **query)
        seen += rows.count('<b class="mono">balance')
        if "before=" not in rows:
            break
        query = {"before": rows.split("before=")[1].split('"')[0]}
    assert seen == 5
