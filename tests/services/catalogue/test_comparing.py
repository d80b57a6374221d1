"""Two services side by side; the address says which, and what differs stands first."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from services.models import CustomPrice, Service
from tests.factories import MICROS, service
from tests.orders.pages import text_of

COMPARE = reverse("services:service_compare")


@pytest.fixture
def two(db: None) -> tuple[Service, Service]:
    return (
        service(name="Likes, slow", can_refill=True, refill_days=30),
        service(name="Likes, fast", rate_micros=2 * MICROS),
    )


def names(client: Client, *numbers: int, part: str) -> list[str]:
    lines = client.get(COMPARE, {"service": [*numbers]}).context[part]
    return [line.name for line in lines]


class TestTwo:
    def test_what_differs_stands_apart(self, client: Client, two: tuple[Service, Service]) -> None:
        numbers = [row.pk for row in two]
        assert names(client, *numbers, part="different") == ["Per 1,000", "If numbers drop"]
        assert "Limits" in names(client, *numbers, part="same")
        words = text_of(client.get(COMPARE, {"service": numbers}))
        for fact in ("Likes, slow", "Likes, fast", "$1.00", "$2.00", "Refill 30 days", "No refill"):
            assert fact in words

    def test_they_cost_what_they_cost_the_reader(
        self, client: Client, alice: User, two: tuple[Service, Service]
    ) -> None:
        CustomPrice.objects.create(customer=alice, service=two[1], rate_micros=MICROS // 2)
        client.force_login(alice)
        words = text_of(client.get(COMPARE, {"service": [row.pk for row in two]}))
        assert "your price; the list says $2.00" in words

    def test_a_package_lacks_what_others_have(
        self, client: Client, two: tuple[Service, Service]
    ) -> None:
        package = service(name="Starter", type="package")
        assert "Limits" in names(client, two[0].pk, package.pk, part="different")


class TestLessThanTwo:
    def test_with_one_the_other_is_searched_for(
        self, client: Client, two: tuple[Service, Service]
    ) -> None:
        slow, fast = two
        page = client.get(COMPARE, {"service": str(slow.pk), "q": "likes"})
        assert f"Compare {slow.pk} · Likes, slow with" in text_of(page)
        body = page.content.decode()
        assert f"?service={slow.pk}&amp;service={fast.pk}" in body
        assert f"service={slow.pk}&amp;service={slow.pk}" not in body

    def test_a_typo_finds_it_here_too(self, client: Client, two: tuple[Service, Service]) -> None:
        assert "This comes close" in text_of(client.get(COMPARE, {"q": "liks"}))

    @pytest.mark.parametrize("numbers", [[], ["x"], ["1" * 40], ["0", "-1"], ["999999"] * 3])
    def test_what_makes_no_sense_asks_for_the_first(
        self, client: Client, two: tuple[Service, Service], numbers: list[str]
    ) -> None:
        page = client.get(COMPARE, {"service": numbers})
        assert page.status_code == 200
        assert "Choose the first service" in text_of(page)

    def test_of_three_the_first_two_are_shown(
        self, client: Client, two: tuple[Service, Service]
    ) -> None:
        third = service(name="Third")
        page = client.get(COMPARE, {"service": [*(row.pk for row in two), third.pk]})
        assert page.context["services"] == [*two]
        assert "Only two fit" in text_of(page)

    def test_what_is_off_sale_is_missing(
        self, client: Client, two: tuple[Service, Service]
    ) -> None:
        Service.objects.filter(pk=two[1].pk).update(is_active=False)
        words = text_of(client.get(COMPARE, {"service": [row.pk for row in two]}))
        assert "Not everything you chose is on sale" in words
        assert "Likes, fast" not in words
