"""Finding a service in the order form: little is sent for a key press, and a filled form has an
address that can be handed on."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from orders.pages import lately
from services import catalogue
from services.models import Service
from tests.factories import order, service
from tests.orders.pages import SCRIPTED, text_of
from tests.services.catalogue.shelves import shelf, stock

NEW = reverse("orders:order_new")


@pytest.fixture
def mine(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def many(db: None) -> list[Service]:
    """Long names, more than any answer has room for."""
    return stock(shelf("Platform B", "Likes"), *(f"Likes {'n' * 150} {n}" for n in range(30)))


class TestAKeyPress:
    def test_it_is_answered_with_little(self, mine: Client, many: list[Service]) -> None:
        found = mine.get(NEW, {"part": "found", "q": "likes"}, headers=SCRIPTED)
        assert 4 <= found.content.decode().count("<li>") <= 8
        assert len(found.content) <= 5000

    def test_a_typo_says_that_it_was_guessed(self, mine: Client, many: list[Service]) -> None:
        found = mine.get(NEW, {"part": "found", "q": "liks"}, headers=SCRIPTED)
        assert "Nothing is written like “liks”" in text_of(found)

    def test_a_long_category_says_that_it_has_more(
        self, mine: Client, many: list[Service], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        part = {"category": many[0].category_id}
        monkeypatch.setattr(catalogue, "CHOICES", len(many))
        assert "This category has more" not in text_of(mine.get(NEW, part))
        monkeypatch.setattr(catalogue, "CHOICES", len(many) - 1)
        page = mine.get(NEW, part)
        assert "This category has more" in text_of(page)
        assert len(page.context["work"].picker.services) == len(many) - 1


class TestAFilledForm:
    def test_its_address_can_be_handed_on_without_scripts(
        self, mine: Client, settings: Settings
    ) -> None:
        settings.SITE_URL = "https://panel.example"
        link = "https://example.com/p/1"
        asked = {"service": str(service().pk), "link": link, "quantity": "50"}
        page = mine.get(NEW, asked)
        address = page.context["work"].checkout.link
        assert address.startswith(f"https://panel.example{NEW}?service=")
        assert f'<a class="small" href="{address.replace("&", "&amp;")}">' in page.content.decode()
        opened = mine.get(address.removeprefix("https://panel.example"))
        form = opened.context["work"].form
        assert [form[name].value() for name in ("link", "quantity")] == [link, "50"]


class TestWhatWasOrderedLast:
    def test_it_is_looked_for_among_the_newest_only(
        self, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = order(alice), order(alice)
        asked = {"customer_id": alice.pk, "service_id": first.service_id}
        assert lately.last_order_of(**asked) == first
        assert lately.last_services(alice.pk) == [second.service_id, first.service_id]
        monkeypatch.setattr(lately, "NEWEST", 1)
        monkeypatch.setattr(lately, "NEWEST_FOR_FORM", 1)
        assert lately.last_order_of(**asked) is None
        assert lately.last_services(alice.pk) == [second.service_id]
