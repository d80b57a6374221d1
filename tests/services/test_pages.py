"""The public catalogue: what is on sale, at the reader's own prices."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from services import catalogue
from services.catalogue import Wanted
from services.models import Category, CustomPrice, Platform, Service
from services.pages import views
from tests.factories import MICROS, service
from tests.orders.pages import SCRIPTED, text_of
from tests.tickets.corpus import MARKUP

LIST = reverse("services:service_list")


def page_of(pk: int) -> str:
    return reverse("services:service_detail", args=[pk])


def shelf(platform: str, category: str) -> Category:
    row, _created = Platform.objects.get_or_create(name=platform)
    return Category.objects.get_or_create(platform=row, name=category)[0]


@pytest.fixture
def likes(db: None) -> Service:
    return service(name="Likes, slow", category=shelf("Platform B", "Likes"))


@pytest.fixture
def views_(db: None) -> Service:
    return service(name="Views at once", category=shelf("Platform C", "Views"))


def listed(client: Client, **asked: str | int) -> list[Service]:
    return list(client.get(LIST, asked).context["services"])


class TestTheList:
    def test_visitors_read_it(self, client: Client, likes: Service) -> None:
        words = text_of(client.get(LIST))
        for fact in ("Platform B", "Likes, slow", "$1.00", "10 – 10,000", "Automated accounts"):
            assert fact in words

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_other_methods_are_refused(self, client: Client, db: None, method: str) -> None:
        assert getattr(client, method)(LIST).status_code == 405

    def test_a_customer_sees_his_own_price(
        self, client: Client, alice: User, bob: User, likes: Service
    ) -> None:
        CustomPrice.objects.create(customer=alice, service=likes, rate_micros=123_456)
        client.force_login(alice)
        assert "$0.123456" in text_of(client.get(LIST))
        client.force_login(bob)
        assert "$0.123456" not in text_of(client.get(LIST))

    def test_what_is_off_sale_is_not_listed(self, client: Client, likes: Service) -> None:
        Service.objects.filter(pk=likes.pk).update(is_active=False)
        assert listed(client) == []
        assert client.get(page_of(likes.pk)).status_code == 404

    def test_it_is_narrowed_by_platform_category_and_words(
        self, client: Client, likes: Service, views_: Service
    ) -> None:
        assert listed(client) == [likes, views_]
        assert listed(client, platform=likes.category.platform_id) == [likes]
        assert listed(client, category=views_.category_id) == [views_]
        assert listed(client, q="views ONCE") == [views_]
        assert listed(client, q="platform slow") == [likes]
        assert listed(client, q=f"#{likes.pk}") == [likes]
        assert listed(client, q="likes once") == []
        assert "No service fits" in text_of(client.get(LIST, {"q": "zzz"}))

    def test_a_category_is_one_group_whatever_was_added_in_between(
        self, client: Client, likes: Service, views_: Service
    ) -> None:
        late = service(name="Likes, late", category=likes.category)
        assert listed(client) == [likes, late, views_]

    def test_a_search_brings_the_list_alone(self, client: Client, likes: Service) -> None:
        part = client.get(LIST, {"q": "likes"}, headers=SCRIPTED)
        assert b"<html" not in part.content
        assert "Likes, slow" in text_of(part)
        back = SCRIPTED | {"HX-History-Restore-Request": "true"}
        assert b"<html" in client.get(LIST, headers=back).content

    @pytest.mark.parametrize("name", ["platform", "category", "page", "q"])
    @pytest.mark.parametrize("text", ["x", "-1", "9" * 40, "٣", *MARKUP[:3]])
    def test_an_address_that_makes_no_sense_is_no_error(
        self, client: Client, likes: Service, name: str, text: str
    ) -> None:
        page = client.get(LIST, {name: text})
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()

    def test_a_long_catalogue_comes_in_pages_of_a_fair_size(
        self, client: Client, likes: Service
    ) -> None:
        Service.objects.bulk_create([_like(likes, number) for number in range(500)])
        page = client.get(LIST)
        assert len(page.content) < 40_000
        assert "501 services" in text_of(page)
        assert "Page 1 of 21" in text_of(page)
        assert len(listed(client, page=21)) == 1

    def test_one_service_costs_as_many_queries_as_a_page(
        self, client: Client, likes: Service
    ) -> None:
        few = self.queries(client)
        Service.objects.bulk_create([_like(likes, number) for number in range(views.PAGE_SIZE)])
        assert self.queries(client) == few

    def queries(self, client: Client) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    @pytest.mark.parametrize("text", MARKUP, ids=lambda text: ascii(text)[:30])
    def test_a_providers_words_are_shown_as_text(
        self, client: Client, likes: Service, text: str
    ) -> None:
        Service.objects.filter(pk=likes.pk).update(
            name=text[:200], description=text, link_example=text[:200]
        )
        for address in (LIST, page_of(likes.pk)):
            page = client.get(address).content.decode()
            for running in ("<script>alert", "<img src=x", "<svg onload", "<iframe"):
                assert running not in page


def _like(original: Service, number: int) -> Service:
    return Service(
        category=original.category,
        provider_service=original.provider_service,
        name=f"More likes {number}",
        delivery=original.delivery,
        rate_micros=MICROS,
        min_quantity=10,
        max_quantity=100,
    )


class TestTheService:
    def test_it_says_all_that_is_to_know_before_ordering(
        self, client: Client, likes: Service
    ) -> None:
        Service.objects.filter(pk=likes.pk).update(
            can_refill=True, refill_days=30, average_minutes=45, description="Starts slowly."
        )
        words = text_of(client.get(page_of(likes.pk)))
        for fact in ("about 45 minutes", "an estimate"):
            assert fact in words
        assert "Numbers may drop again later" in words
        assert "Starts slowly." in words

    def test_it_says_what_can_be_asked_for_afterwards(self, client: Client, likes: Service) -> None:
        for page in (page_of(likes.pk), "/services/"):
            assert "Refill 30 days" not in text_of(client.get(page))
        terms = {"can_refill": True, "refill_days": 30, "can_cancel": True}
        Service.objects.filter(pk=likes.pk).update(**terms)
        for page in (page_of(likes.pk), "/services/"):
            words = text_of(client.get(page))
            assert "Refill 30 days" in words
            assert "Can be canceled" in words

    @pytest.mark.parametrize("number", [2**62, 10**30])
    def test_one_that_never_was_is_missing(self, client: Client, db: None, number: int) -> None:
        assert client.get(page_of(number)).status_code == 404


class TestPicking:
    def pick(self, **wanted: int | None) -> catalogue.Picker:
        return catalogue.pick(customer_id=None, wanted=Wanted(**wanted))

    def test_nothing_chosen_offers_the_platforms(self, likes: Service, views_: Service) -> None:
        picker = self.pick()
        assert [platform.name for platform in picker.platforms] == ["Platform B", "Platform C"]
        assert (picker.categories, picker.services, picker.platform) == ([], [], None)

    def test_a_service_brings_its_category_and_platform(
        self, likes: Service, views_: Service
    ) -> None:
        picker = self.pick(service_id=views_.pk)
        assert (picker.platform, picker.category, picker.service) == (
            views_.category.platform,
            views_.category,
            views_,
        )

    def test_another_platform_drops_what_was_chosen_below_it(
        self, likes: Service, views_: Service
    ) -> None:
        service(category=shelf("Platform B", "Shares"))
        picker = self.pick(
            platform_id=likes.category.platform_id,
            category_id=views_.category_id,
            service_id=views_.pk,
        )
        assert picker.platform == likes.category.platform
        assert (picker.category, picker.service, picker.services) == (None, None, [])

    def test_an_only_category_is_chosen_by_itself(self, likes: Service) -> None:
        picker = self.pick(platform_id=likes.category.platform_id)
        assert picker.category == likes.category
        assert picker.services == [likes]

    def test_a_chosen_service_is_offered_however_long_its_category(
        self, likes: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(catalogue, "CHOICES", 1)
        second = service(category=likes.category)
        assert self.pick(category_id=likes.category_id).services == [likes]
        assert self.pick(service_id=second.pk).services == [likes, second]

    def test_what_is_off_sale_cannot_be_picked(self, likes: Service) -> None:
        Service.objects.filter(pk=likes.pk).update(is_active=False)
        picker = self.pick(service_id=likes.pk, category_id=likes.category_id)
        assert (picker.service, picker.category, picker.platforms) == (None, None, [])
