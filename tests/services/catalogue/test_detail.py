"""The page of a service: all that is to know of it, for people and for search engines; and what
is left of one that is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from services.models import CatalogueUpdate, CustomPrice, Pace, QualityLabel, Service
from tests.factories import MICROS, order, service
from tests.orders.pages import text_of
from tests.services.catalogue.shelves import shelf, stock


@pytest.fixture
def likes(db: None) -> Service:
    return service(name="Likes, slow", category=shelf("Platform B", "Likes"))


def page_of(service_: Service) -> str:
    return reverse("services:service_detail", args=[service_.pk])


class TestFacts:
    def test_every_fact_is_said(self, client: Client, likes: Service) -> None:
        quality = QualityLabel.objects.create(name="High", meaning="Accounts with pictures.")
        terms = {
            "quality": quality,
            "can_refill": True,
            "refill_days": 30,
            "can_cancel": True,
            "can_partial": False,
            "can_drip_feed": True,
            "accepts_private_links": True,
            "link_example": "https://example.com/p/1",
            "blocked_countries": ["NO"],
            "promo_label": "Autumn",
            "promo_until": timezone.localdate(),
        }
        Service.objects.update(**terms)
        words = text_of(client.get(page_of(likes)))
        for fact in (
            "Per 1,000 $1.00", "10 – 10,000", "automated accounts", "Accounts with pictures.",
            "Refill 30 days", "Can be canceled", "nothing is paid back once it has started",
            "in several runs", "May be private", "https://example.com/p/1", "Norway",
            "Autumn", "Numbers may drop again later",
        ):  # fmt: skip
            assert fact in words

    def test_what_it_lacks_is_said_too(self, client: Client, likes: Service) -> None:
        words = text_of(client.get(page_of(likes)))
        lacks = (
            "No refill",
            "No cancel once started",
            "No, all at once",
            "Must be open to everybody",
        )
        for lack in lacks:
            assert lack in words

    def test_its_last_orders_say_how_fast_it_was(self, client: Client, likes: Service) -> None:
        Pace.objects.create(
            service=likes,
            orders=10,
            start_minutes_low=5,
            start_minutes_high=20,
            minutes_per_1000_low=25,
            minutes_per_1000_high=70,
            ended=50,
            completed=48,
            measured_at=timezone.now(),
        )
        words = text_of(client.get(page_of(likes)))
        for fact in ("5–20 minutes", "25–70 minutes", "96 % of the last 50", "an estimate"):
            assert fact in words

    def test_a_promotion_ends_with_its_last_day(self, client: Client, likes: Service) -> None:
        today = timezone.localdate()
        Service.objects.update(promo_label="Autumn", promo_until=today)
        assert "Autumn" in text_of(client.get(page_of(likes)))
        Service.objects.update(promo_until=today - timedelta(days=1))
        assert "Autumn" not in text_of(client.get(page_of(likes)))

    def test_an_own_price_says_that_it_is_one(
        self, client: Client, alice: User, likes: Service
    ) -> None:
        CustomPrice.objects.create(customer=alice, service=likes, rate_micros=900_000)
        client.force_login(alice)
        for address in (page_of(likes), reverse("services:service_list")):
            assert "your price" in text_of(client.get(address))
        assert "the list says $1.00" in text_of(client.get(page_of(likes)))

    def test_it_names_the_own_last_order_only(
        self, client: Client, alice: User, bob: User, likes: Service
    ) -> None:
        placed = order(alice, service=likes)
        client.force_login(bob)
        assert "Last ordered by you" not in text_of(client.get(page_of(likes)))
        client.force_login(alice)
        page = client.get(page_of(likes))
        assert f"Last ordered by you: order {placed.pk}" in text_of(page)
        assert f"?again={placed.pk}" in page.content.decode()


class TestHistory:
    def test_thirty_days_are_told_in_words(self, client: Client, likes: Service) -> None:
        Service.objects.update(rate_micros=2 * MICROS)
        words = text_of(client.get(page_of(likes)))
        assert "Price up $1.00 $2.00" in words
        CatalogueUpdate.objects.update(at=timezone.now() - timedelta(days=31))
        assert "It has not changed." in text_of(client.get(page_of(likes)))


class TestSearchEngines:
    def test_it_has_one_address_and_a_summary(
        self, client: Client, likes: Service, settings: Settings
    ) -> None:
        settings.SITE_URL = "https://panel.example"
        body = client.get(f"{page_of(likes)}?from=mail").content.decode()
        assert f'<link rel="canonical" href="https://panel.example{page_of(likes)}">' in body
        assert 'name="description" content="Platform B · Likes. Per 1,000: $1.00.' in body
        assert 'itemprop="priceCurrency" content="USD"' in body
        assert 'itemprop="price" content="1"' in body
        assert "rating" not in body.lower()

    def test_a_part_of_the_catalogue_has_one_address_and_a_search_none(
        self, client: Client, likes: Service
    ) -> None:
        catalogue = reverse("services:service_list")
        category = likes.category_id
        by_both = {"platform": likes.category.platform_id, "category": category, "page": 1}
        assert (
            client.get(catalogue, by_both)
            .context["canonical"]
            .endswith(f"{catalogue}?category={category}")
        )
        assert b"noindex" in client.get(catalogue, {"q": "likes"}).content


class TestGone:
    def test_it_is_missing_and_what_is_like_it_is_shown(
        self, client: Client, likes: Service
    ) -> None:
        dear, _near = stock(likes.category, "Dear", "Near")
        Service.objects.filter(pk=dear.pk).update(rate_micros=9 * MICROS)
        stock(shelf("Platform C", "Likes"), "Elsewhere")
        Service.objects.filter(pk=likes.pk).update(is_active=False, name="A secret now")
        page = client.get(page_of(likes))
        assert page.status_code == 404
        assert [row.name for row in page.context["services"]] == ["Near", "Dear"]
        assert "A secret now" not in text_of(page)

    def test_the_rest_of_the_platform_is_better_than_nothing(
        self, client: Client, likes: Service
    ) -> None:
        stock(shelf("Platform B", "Views"), "Views")
        Service.objects.filter(pk=likes.pk).update(is_active=False)
        assert [row.name for row in client.get(page_of(likes)).context["services"]] == ["Views"]

    def test_what_was_never_on_sale_does_not_exist(self, client: Client, likes: Service) -> None:
        (hidden,) = stock(likes.category, "Hidden", is_active=False)
        page = client.get(page_of(hidden))
        assert page.status_code == 404
        assert str(hidden.pk) not in text_of(page)

    def test_nor_does_what_is_not_sold_where_one_is_billed(
        self, client: Client, alice: User, likes: Service
    ) -> None:
        Service.objects.update(blocked_countries=["NO"])
        assert client.get(page_of(likes)).status_code == 200
        User.objects.filter(pk=alice.pk).update(country="NO")
        client.force_login(alice)
        assert client.get(page_of(likes)).status_code == 404
        assert client.get(reverse("services:service_list")).context["services"] == []
