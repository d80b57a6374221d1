"""A service promises no more than its provider can keep, and says what its label means (CAT-05)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from services.admin.prices import OfferForm
from services.models import Alternative, ProviderService, QualityLabel, Service
from tests import factories
from tests.orders.pages import text_of
from tests.services.test_admin import change, form_of

EVERYTHING = {"can_refill": "on", "refill_days": "30", "can_cancel": "on", "can_drip_feed": "on"}
BEYOND = "it cannot be promised"


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


@pytest.fixture
def able(db: None) -> Service:
    """A service whose provider can do everything."""
    offer = factories.offer()
    ProviderService.objects.filter(pk=offer.pk).update(
        can_refill=True, can_cancel=True, can_drip_feed=True
    )
    offer.refresh_from_db()
    return factories.service(provider_service=offer)


def sent(desk: Client, service: Service, **fields: Any) -> str:
    """The words of the page that comes back; "" for a form that was saved."""
    answer = desk.post(change(service), form_of(service, **fields))
    return "" if answer.status_code == 302 else text_of(answer)


@pytest.mark.parametrize(
    ("fields", "is_beyond"),
    [
        ({"can_refill": "on", "refill_days": "30"}, True),
        ({"can_cancel": "on"}, True),
        ({"can_drip_feed": "on", "drip_feed_by": "provider"}, True),
        ({"can_drip_feed": "on", "drip_feed_by": "panel"}, False),
    ],
)
def test_what_the_provider_lacks_cannot_be_promised(
    desk: Client, fields: dict[str, str], is_beyond: bool
) -> None:
    service = factories.service()
    assert (BEYOND in sent(desk, service, **fields)) == is_beyond
    service.refresh_from_db()
    assert (service.can_refill or service.can_cancel) is False
    assert service.can_drip_feed != is_beyond


def test_an_operator_may_promise_all_of_it_or_less(desk: Client, able: Service) -> None:
    assert sent(desk, able, **EVERYTHING, drip_feed_by="provider") == ""
    able.refresh_from_db()
    assert (able.can_refill, able.can_cancel, able.can_drip_feed) == (True, True, True)
    assert sent(desk, able, can_partial="") == ""
    able.refresh_from_db()
    assert (able.can_refill, able.can_cancel, able.can_partial) == (False, False, False)


def test_what_staff_say_a_provider_cannot_do_is_promised_no_longer(
    desk: Client, able: Service
) -> None:
    Service.objects.update(can_cancel=True, can_refill=True, refill_days=30)
    offer = able.provider_service
    assert offer is not None
    typed = {
        "opened": OfferForm(instance=offer)["opened"].value(),
        "provider": offer.provider_id,
        "external_id": offer.external_id,
        "name": offer.name,
        "cost_micros": "0.50",
        "min_quantity": offer.min_quantity,
        "max_quantity": offer.max_quantity,
        "can_refill": "on",
    }
    page = reverse("admin:services_providerservice_change", args=[offer.pk])
    assert desk.post(page, typed).status_code == 302
    able.refresh_from_db()
    assert (able.can_refill, able.can_cancel) == (True, False)


def test_an_import_is_held_to_it_as_well(db: None) -> None:
    service = factories.service(can_cancel=True)
    with pytest.raises(ValidationError) as caught:
        service.full_clean()
    assert set(caught.value.message_dict) == {"can_cancel"}


def test_a_refill_has_days(desk: Client, able: Service) -> None:
    assert "Say for how many days" in sent(desk, able, can_refill="on", refill_days="0")


def test_an_alternative_keeps_the_same_promises(desk: Client, able: Service) -> None:
    other = factories.offer()
    row = {
        "alternatives-TOTAL_FORMS": "1",
        "alternatives-0-position": "1",
        "alternatives-0-provider_service": str(other.pk),
        "alternatives-0-service": str(able.pk),
    }
    said = sent(desk, able, **row, can_cancel="on")
    assert "It does not have what this service promises: Cancel" in said
    assert not Alternative.objects.exists()
    assert sent(desk, able, **row) == ""
    assert Alternative.objects.get().provider_service == other


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", []),
        ("de", ["DE"]),
        ("Italy, DE; de", ["DE", "IT"]),
        ("united states", ["US"]),
    ],
)
def test_countries_are_typed_by_code_or_name(
    desk: Client, able: Service, typed: str, kept: list[str]
) -> None:
    assert sent(desk, able, blocked_countries=typed) == ""
    able.refresh_from_db()
    assert able.blocked_countries == kept


def test_what_is_no_country_is_named(desk: Client, able: Service) -> None:
    said = sent(desk, able, blocked_countries="DE, Atlantis")
    assert "No country: Atlantis" in said
    assert (
        "DE, Atlantis"
        in desk.post(change(able), form_of(able, blocked_countries="DE, Atlantis")).content.decode()
    )


def test_an_unknown_label_cannot_be_saved(desk: Client, able: Service) -> None:
    high = QualityLabel.objects.create(name="High", meaning="Accounts with a picture.")
    assert "Select a valid choice" in sent(desk, able, quality=high.pk + 1)
    assert sent(desk, able, quality=high.pk) == ""
    able.refresh_from_db()
    assert able.quality == high


def test_an_operator_keeps_the_labels(desk: Client, client: Client, sam: User) -> None:
    address = "/admin/services/qualitylabel/add/"
    typed = {"name": "High", "meaning": "Accounts with a picture.", "position": "1"}
    assert desk.post(address, typed).status_code == 302
    assert "Quality label with this Label already exists" in text_of(desk.post(address, typed))
    client.force_login(sam)
    assert client.get(address).status_code == 403


def test_the_glossary_says_what_a_label_means(client: Client, terms: None) -> None:
    high = QualityLabel.objects.create(name="High", meaning="Accounts with a picture.")
    glossary = client.get("/services/glossary/").content.decode()
    assert f'id="quality-{high.pk}"' in glossary
    assert "Accounts with a picture." in glossary
