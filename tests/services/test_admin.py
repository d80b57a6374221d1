"""The catalogue as staff type it: clear refusals, money as money, and every change on record."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ActLog, User
from services.admin.listing import ServiceForm
from services.models import CustomPrice, Provider, ProviderService, Service
from tests import factories
from tests.orders.pages import text_of
from wallet.models import DisplayRate


def form_of(service: Service, **fields: Any) -> dict[str, Any]:
    """What the page of a service sends that is opened now."""
    page = ServiceForm(instance=Service.objects.get(pk=service.pk))
    return {
        "opened": page["opened"].value(),
        "category": service.category_id,
        "provider_service": service.provider_service_id,
        "name": service.name,
        "type": service.type,
        "delivery": service.delivery,
        "drip_feed_by": "panel",
        "priced_by": "hand",
        "can_partial": "on",
        "below_cost": service.below_cost,
        "rate_micros": "1.00",
        "min_quantity": "10",
        "max_quantity": "1000",
        "refill_days": "0",
        "position": "0",
        "is_active": "on",
        "alternatives-TOTAL_FORMS": "0",
        "alternatives-INITIAL_FORMS": "0",
        **fields,
    }


def change(service: Service) -> str:
    return reverse("admin:services_service_change", args=[service.pk])


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def test_support_reads_a_price_as_money(client: Client, sam: User) -> None:
    service = factories.service(rate_micros=1_250_000)
    client.force_login(sam)
    page = text_of(client.get(change(service)))
    assert "$1.25" in page
    assert "1250000" not in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"min_quantity": "50", "max_quantity": "20"}, "the maximum not below it"),
        ({"rate_micros": "0"}, "Set a price above zero, or zero and"),
        ({"provider_service": ""}, "A service on sale needs a provider"),
        ({"max_quantity": "1_000"}, "Use plain digits"),
        ({"refill_days": "\N{ARABIC-INDIC DIGIT THREE}"}, "Use plain digits"),
        ({"rate_micros": "1e3"}, "Use digits and at most one point"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    desk: Client, fields: dict[str, str], said: str
) -> None:
    service = factories.service()
    page = text_of(desk.post(change(service), form_of(service, **fields)))
    assert said in page
    assert "services_" not in page
    assert not ActLog.objects.exists()


def test_a_change_is_logged_with_the_old_price_and_the_new_one(desk: Client) -> None:
    service = factories.service(rate_micros=1_000_000, max_quantity=1000)
    assert desk.post(change(service), form_of(service, rate_micros="1.50")).status_code == 302
    act = ActLog.objects.get()
    assert (act.act, act.target) == ("change service", f"service:{service.pk}")
    assert act.changes == {"rate_micros": ["1.00", "1.50"]}


def test_saving_without_a_change_is_no_act(desk: Client) -> None:
    service = factories.service(max_quantity=1000)
    assert desk.post(change(service), form_of(service)).status_code == 302
    assert not ActLog.objects.exists()


class TestAPriceBelowTheCost:
    """The offer costs 0.50 per 1000."""

    def said(self, desk: Client, service: Service, **fields: Any) -> str:
        form = form_of(service, **fields)
        return text_of(desk.post(change(service), form, follow=True))

    def test_is_pointed_out_with_what_comes_of_it(self, desk: Client) -> None:
        service = factories.service()
        low = {"rate_micros": "0.40", "below_cost": "refuse"}
        shown = self.said(desk, service, **low)
        assert "the lowest price, $0.40, is below its cost of $0.50" in shown
        assert "Such orders are refused." in shown
        assert "Staff hear of such orders." in self.said(
            desk, service, **low | {"below_cost": "warn"}
        )
        assert "below its cost" not in self.said(desk, service, **low | {"below_cost": "allow"})

    def test_of_one_customer_counts(self, desk: Client, alice: User) -> None:
        service = factories.service(below_cost="refuse")
        assert "below its cost" not in self.said(desk, service, below_cost="refuse")
        form = {"customer": alice.pk, "service": service.pk, "rate_micros": "0.49"}
        add = reverse("admin:services_customprice_add")
        assert "the lowest price, $0.49" in text_of(desk.post(add, form, follow=True))

    def test_cannot_be_told_in_a_currency_without_a_rate(self, desk: Client) -> None:
        service = factories.service(below_cost="refuse")
        Provider.objects.update(currency="XYZ")
        assert "there is no rate for XYZ" in self.said(desk, service, below_cost="refuse")
        DisplayRate.objects.create(currency="xyz", per_dollar_micros=250_000)
        shown = self.said(desk, service, below_cost="refuse", rate_micros="1.99")
        assert "$1.99, is below its cost of $2.00" in shown


def test_a_price_of_a_customers_own_leaves_on_record(desk: Client, alice: User) -> None:
    price = CustomPrice.objects.create(
        customer=alice, service=factories.service(), rate_micros=500_000
    )
    chosen = {"action": "delete_selected", "_selected_action": [price.pk], "post": "yes"}
    desk.post(reverse("admin:services_customprice_changelist"), chosen)
    assert not CustomPrice.objects.exists()
    assert ActLog.objects.get().act == "delete customprice"


def test_alternatives_are_added_on_the_page_of_the_service_and_logged(desk: Client) -> None:
    service, offer = factories.service(), factories.offer()
    rows = {
        "alternatives-TOTAL_FORMS": "1",
        "alternatives-0-position": "2",
        "alternatives-0-provider_service": str(offer.pk),
    }
    assert desk.post(change(service), form_of(service, **rows)).status_code == 302
    assert service.alternatives.get().provider_service == offer
    (said,) = ActLog.objects.get().changes["alternatives"]
    assert said == f"added {service.pk} by {offer.pk}"


class TestAPageThatWasOpenMeanwhile:
    """Something else changes the row between the opening of its page and the saving."""

    def test_does_not_put_back_on_sale_what_the_panel_took_off(self, desk: Client) -> None:
        service = factories.service(rate_micros=1_000_000, max_quantity=1000)
        typed = form_of(service, name="A better name")
        Service.objects.filter(pk=service.pk).update(is_active=False, off_reason="cost")
        page = desk.post(change(service), typed)
        assert "Nothing was saved" in text_of(page)
        assert "On sale, now: no" in text_of(page)
        assert "A better name" in page.content.decode()
        service.refresh_from_db()
        assert (service.is_active, service.off_reason) == (False, "cost")
        assert not ActLog.objects.exists()

    def test_is_saved_once_that_was_read(self, desk: Client) -> None:
        service = factories.service(max_quantity=1000)
        typed = form_of(service, description="Mine")
        Service.objects.filter(pk=service.pk).update(description="A colleague's")
        shown = desk.post(change(service), typed).context["adminform"].form
        again = typed | {"opened": shown["opened"].value()}
        assert desk.post(change(service), again).status_code == 302
        service.refresh_from_db()
        assert service.description == "Mine"

    @pytest.mark.parametrize("opened", ["", "[", "[]", "{}"])
    def test_has_to_say_what_it_was_opened_with(self, desk: Client, opened: str) -> None:
        service = factories.service()
        typed = form_of(service, name="Another", opened=opened)
        assert "Nothing was saved" in text_of(desk.post(change(service), typed))

    def test_does_not_put_back_a_cost_that_a_price_list_raised(self, desk: Client) -> None:
        offer = factories.offer(cost_micros=500_000)
        url = reverse("admin:services_providerservice_change", args=[offer.pk])
        form = desk.get(url).context["adminform"].form
        typed = {name: form[name].value() for name in form.fields if form[name].value()}
        ProviderService.objects.update(cost_micros=900_000)
        assert "now: 0.90" in text_of(desk.post(url, typed))
        offer.refresh_from_db()
        assert offer.cost_micros == 900_000


def test_whoever_saves_takes_the_turn_before_any_row(desk: Client) -> None:
    service = factories.service()
    offer = reverse("admin:services_providerservice_change", args=[service.provider_service_id])
    for url in (change(service), offer):
        with CaptureQueriesContext(connection) as asked:
            desk.post(url, {})
        first = next(sql["sql"] for sql in asked if '"services_' in sql["sql"])
        assert "services_catalogueversion" in first
        assert "FOR UPDATE" in first
