"""Favourites: a star beside a service, a list of them, and the top of the order form."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from services.models import Favourite, Service
from tests.factories import order, service
from tests.orders.pages import SCRIPTED, text_of

LIST = reverse("services:favourite_list")
CATALOGUE = reverse("services:service_list")
ORDER = reverse("orders:order_new")


def star(service_: Service) -> str:
    return reverse("services:favourite", args=[service_.pk])


@pytest.fixture
def likes(db: None) -> Service:
    return service(name="Likes, slow")


@pytest.fixture
def mine(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


class TestTheStar:
    def test_pressed_twice_marks_once(self, mine: Client, alice: User, likes: Service) -> None:
        for _press in range(2):
            mine.post(star(likes), {"act": "add"})
        assert list(Favourite.objects.values_list("customer", "service")) == [(alice.pk, likes.pk)]

    def test_it_forgets_what_is_off_sale_by_now(self, mine: Client, likes: Service) -> None:
        mine.post(star(likes))
        Service.objects.update(is_active=False)
        for _press in range(2):
            assert mine.post(star(likes), {"act": "remove"}).status_code == 302
        assert not Favourite.objects.exists()

    def test_nothing_is_marked_that_nobody_can_order(self, mine: Client, likes: Service) -> None:
        Service.objects.update(is_active=False)
        assert mine.post(star(likes)).status_code == 404
        assert not Favourite.objects.exists()

    def test_it_leads_back_to_where_it_was_pressed(self, mine: Client, likes: Service) -> None:
        back = mine.post(star(likes), {"next": "/services/?q=likes"})
        assert back.headers["Location"] == f"/services/?q=likes#star-{likes.pk}"

    @pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", ""])
    def test_and_never_to_another_site(self, mine: Client, likes: Service, elsewhere: str) -> None:
        back = mine.post(star(likes), {"next": elsewhere})
        assert back.headers["Location"] == f"{LIST}#star-{likes.pk}"

    def test_a_script_gets_the_star_alone(self, mine: Client, likes: Service) -> None:
        pressed = mine.post(star(likes), {"act": "add"}, headers=SCRIPTED).content.decode()
        assert 'aria-pressed="true"' in pressed
        assert "<html" not in pressed
        again = mine.post(star(likes), {"act": "remove"}, headers=SCRIPTED).content.decode()
        assert 'aria-pressed="false"' in again

    def test_visitors_see_none(self, client: Client, likes: Service) -> None:
        assert b'class="btn quiet small star"' not in client.get(CATALOGUE).content
        assert "/account/login/" in client.post(star(likes)).headers["Location"]


class TestTheList:
    def test_it_holds_what_one_marked_oneself_the_newest_first(
        self, mine: Client, bob: User, likes: Service
    ) -> None:
        views, other = service(name="Views"), service(name="Shares")
        Favourite.objects.create(customer=bob, service=other)
        for each in (likes, views):
            mine.post(star(each))
        assert [row.name for row in mine.get(LIST).context["services"]] == ["Views", "Likes, slow"]

    def test_what_is_off_sale_says_so_and_can_be_forgotten(
        self, mine: Client, likes: Service
    ) -> None:
        mine.post(star(likes))
        Service.objects.update(is_active=False)
        page = mine.get(LIST)
        assert "Not on sale at the moment" in text_of(page)
        assert f'id="star-{likes.pk}"' in page.content.decode()

    def test_without_any_it_says_how_to_get_one(self, mine: Client) -> None:
        assert "No favourites yet" in text_of(mine.get(LIST))

    def test_the_catalogue_shows_which_ones_are_marked(self, mine: Client, likes: Service) -> None:
        assert b'aria-pressed="true"' not in mine.get(CATALOGUE).content
        mine.post(star(likes))
        assert b'aria-pressed="true"' in mine.get(CATALOGUE).content


class TestTheOrderForm:
    def known(self, mine: Client) -> tuple[list[str], list[str]]:
        known = mine.get(ORDER).context["work"].known
        return [row.name for row in known.favourites], [row.name for row in known.last]

    def test_it_offers_favourites_and_what_was_ordered_last(
        self, mine: Client, alice: User, likes: Service
    ) -> None:
        assert self.known(mine) == ([], [])
        views = service(name="Views")
        for each in (views, likes):
            order(alice, service=each)
        mine.post(star(likes))
        assert self.known(mine) == (["Likes, slow"], ["Views"])

    def test_but_nothing_that_is_off_sale(self, mine: Client, alice: User, likes: Service) -> None:
        order(alice, service=likes)
        Service.objects.update(is_active=False)
        assert self.known(mine) == ([], [])

    def test_and_takes_along_what_is_typed_already(
        self, mine: Client, alice: User, likes: Service
    ) -> None:
        mine.post(star(likes))
        page = mine.get(ORDER, {"link": "https://example.com/a b", "quantity": "70"})
        found = f"?service={likes.pk}&amp;found=1&amp;link=https%3A%2F%2Fexample.com%2Fa%20b"
        assert f"{found}&amp;quantity=70" in page.content.decode()
