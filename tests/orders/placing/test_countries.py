"""What is not sold in a country is not sold to who is billed there, through no door (CAT-14)."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.billing import name_country
from accounts.models import User
from orders.models import Order, Repeat, RepeatPeriod, Status
from orders.placing import locating
from orders.placing.placement import quote_for, review_order
from orders.plans import renewing, repeats
from orders.refusals import OrderRefused, RefusalCode
from services.models import Service
from tests.factories import fund, service
from tests.orders.api.program import program
from tests.orders.pages import text_of
from tests.orders.placing.asking import LINK, place, refusal, wanted

NEW, MASS = reverse("orders:order_new"), reverse("orders:order_mass")
NOT_THERE = "not sold in the country where you are billed"


@pytest.fixture
def rich(alice: User, terms: None) -> User:
    fund(alice)
    return alice


@pytest.fixture
def shop(rich: User) -> Service:
    """Sold everywhere but in Germany and Italy; by runs, too."""
    return service(blocked_countries=["DE", "IT"], can_drip_feed=True)


@pytest.mark.parametrize("plan", [{}, {"runs": 5, "interval_minutes": 60, "quantity": 100}])
def test_it_is_sold_to_who_is_billed_elsewhere_alone(
    rich: User, shop: Service, plan: dict[str, int]
) -> None:
    assert refusal(rich, shop, **plan).code == RefusalCode.COUNTRY_UNKNOWN
    for country in ("DE", "IT"):
        name_country(user=rich, country=country)
        assert refusal(rich, shop, **plan).code == RefusalCode.NOT_SOLD_THERE
    name_country(user=rich, country="FR")
    assert place(rich, shop, **plan).service == shop


def test_what_is_sold_everywhere_asks_nobody_for_his_country(rich: User) -> None:
    assert place(rich, service()).status == Status.QUEUED


def test_the_review_and_the_price_say_it_before_anybody_pays(rich: User, shop: Service) -> None:
    name_country(user=rich, country="DE")
    for ask in (
        lambda: review_order(customer_id=rich.pk, request=wanted(shop), at=timezone.now()),
        lambda: quote_for(customer_id=rich.pk, service_id=shop.pk, quantity=100),
    ):
        with pytest.raises(OrderRefused) as caught:
            ask()
        assert caught.value.code == RefusalCode.NOT_SOLD_THERE


@pytest.mark.parametrize("change", ["the service", "the customer"])
def test_a_change_in_the_last_moment_is_seen_by_the_database(
    rich: User, shop: Service, change: str
) -> None:
    name_country(user=rich, country="FR")
    if change == "the service":
        Service.objects.update(blocked_countries=["FR"])
    else:
        name_country(user=rich, country="DE")
    with patch.object(locating, "check_sold"):
        assert refusal(rich, shop).code == RefusalCode.NOT_SOLD_THERE


def test_the_form_asks_where_he_is_billed_and_comes_back_filled(
    client: Client, rich: User, shop: Service
) -> None:
    client.force_login(rich)
    sent = {"service": shop.pk, "link": LINK, "quantity": 1000}
    page = client.post(NEW, sent)
    assert page.status_code == 422
    assert "Say first where you are billed" in text_of(page)
    way = reverse("accounts:country") + "?return_to=%2Forders%2Fnew%2F%3Fservice%3D"
    assert way in page.content.decode()
    name_country(user=rich, country="DE")
    assert NOT_THERE in text_of(client.post(NEW, sent))
    assert not Order.objects.exists()


def test_a_mass_order_names_the_line(client: Client, rich: User, shop: Service) -> None:
    client.force_login(rich)
    lines = f"{shop.pk} | {LINK} | 100\n{service().pk} | {LINK} | 100"
    unknown = client.post(MASS, {"lines": lines, "act": "check"})
    assert f'href="{reverse("accounts:country")}"' in unknown.content.decode()
    name_country(user=rich, country="IT")
    page = text_of(client.post(MASS, {"lines": lines, "act": "check"}))
    assert NOT_THERE in page
    assert "1 line can be ordered, 1 cannot" in page


def test_a_program_hears_it_and_pays_nothing(rich: User, shop: Service) -> None:
    script = program(rich)
    order = {"service": shop.pk, "link": LINK, "quantity": 1000}
    assert script.ask(action="add", **order)["code"] == "country_unknown"
    name_country(user=rich, country="DE")
    assert script.ask(action="add", **order)["code"] == "not_sold_there"
    assert not Order.objects.exists()


def test_a_month_that_is_no_longer_sold_there_waits_and_says_so(rich: User, shop: Service) -> None:
    name_country(user=rich, country="FR")
    order = place(rich, shop)
    Order.objects.update(status=Status.COMPLETED)
    order.refresh_from_db()
    at = timezone.now()
    quote = repeats.quote_of(order)
    repeats.begin(
        order_id=order.pk,
        customer_id=rich.pk,
        agreed_micros=quote.charge_micros,
        ip=None,
        at=at,
    )
    Service.objects.update(blocked_countries=["FR"])
    renewing.renew_due(at=at + timedelta(days=32))
    assert RepeatPeriod.objects.get().trouble == RefusalCode.NOT_SOLD_THERE
    assert (Order.objects.count(), Repeat.objects.get().state) == (1, Repeat.State.ACTIVE)


def test_an_order_that_runs_goes_on_where_its_service_is_blocked_later(
    rich: User, shop: Service
) -> None:
    name_country(user=rich, country="FR")
    order = place(rich, shop)
    Service.objects.update(blocked_countries=["FR"])
    later = timezone.now() + timedelta(hours=1)
    assert order in Order.objects.due_for_forwarding(at=later)
