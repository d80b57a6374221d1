"""What is not sold where a customer is billed is on none of the pages that he reads (CAT-14)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.billing import name_country
from accounts.models import User
from services.models import Service
from tests.factories import service
from tests.orders.pages import NEW, SCRIPTED, text_of

NAME = "Only elsewhere"


@pytest.fixture
def sold(terms: None) -> Service:
    """Not sold in Germany; another one of its category is."""
    return service(name=NAME, blocked_countries=["DE"], category=service(name="All over").category)


def pages_that_name_it(client: Client, sold: Service) -> set[str]:
    """The pages on which somebody reads its name."""
    found = {"part": "found", "q": NAME}
    pages = {
        "list": client.get("/services/"),
        "search": client.get("/services/", {"q": NAME}),
        "number": client.get("/services/", {"q": str(sold.pk)}),
        "page": client.get(f"/services/{sold.pk}/"),
        "compare": client.get("/services/compare/", {"service": sold.pk}),
        "updates": client.get("/services/updates/"),
        "picker": client.get(NEW, {"category": sold.category_id}),
        "chosen": client.get(NEW, {"service": sold.pk}),
        "found": client.get(NEW, found, headers=SCRIPTED),
    }
    return {name for name, page in pages.items() if NAME in text_of(page)}


def test_every_page_shows_it_to_who_is_billed_elsewhere_and_none_to_who_is_not(
    client: Client, alice: User, sold: Service
) -> None:
    client.force_login(alice)
    everywhere = pages_that_name_it(client, sold)
    assert everywhere >= {"list", "search", "page", "picker", "chosen", "found", "updates"}
    name_country(user=alice, country="FR")
    assert pages_that_name_it(client, sold) == everywhere
    name_country(user=alice, country="DE")
    assert pages_that_name_it(client, sold) == set()
    assert client.get(f"/services/{sold.pk}/").status_code == 404
    star = reverse("services:favourite", args=[sold.pk])
    assert client.post(star).status_code == 404


def test_a_visitor_reads_where_it_is_not_sold(client: Client, sold: Service) -> None:
    assert "Not sold in Germany" in text_of(client.get(f"/services/{sold.pk}/"))


def test_one_place_decides_for_rows_and_lists_alike(sold: Service) -> None:
    for country in ("", "DE", "FR"):
        listed = {one.pk for one in Service.objects.sold_in(country)}
        assert listed == {one.pk for one in Service.objects.all() if one.is_sold_in(country)}
    assert sold.pk not in {one.pk for one in Service.objects.sold_in("DE")}
