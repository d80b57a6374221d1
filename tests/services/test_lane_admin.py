"""A provider's lane and a service's alternatives as staff see and change them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActLog, User
from services.models import Provider, Service
from tests import factories
from tests.orders.pages import text_of
from tests.services.test_admin import change, form_of

pytestmark = pytest.mark.django_db
LIST = reverse("admin:services_provider_changelist")


@pytest.fixture
def operator(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def page_of(provider: Provider) -> str:
    return reverse("admin:services_provider_change", args=[provider.pk])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "Running — 4 at once —"),
        ({"lane_width": 9, "sends_per_minute": 60}, "Running — 9 at once, 60 a minute —"),
        ({"scans_numbers": True, "checks_balance": True}, "4 at once by number, by balance"),
        ({"failures_in_a_row": 2}, "Failing 2 failures in a row"),
        ({"failures_in_a_row": 5, "tripped_until": 60}, "Resting 5 failures in a row: one order"),
        ({"paused_at": 0, "pause_reason": "No funds there"}, "Paused No funds there"),
    ],
)
def test_the_list_says_in_words_why_orders_wait(
    operator: Client, row: dict[str, object], words: str
) -> None:
    for name in ("tripped_until", "paused_at"):
        if isinstance(seconds := row.get(name), int):
            row = row | {name: timezone.now() + timedelta(seconds=seconds)}
    factories.provider(**row)
    assert words in text_of(operator.get(LIST))


def test_the_width_and_the_rate_are_set_and_logged(operator: Client) -> None:
    provider = factories.provider(url="https://panel.example/api/v2")
    form = {
        "name": provider.name,
        "url": provider.url,
        "currency": "USD",
        "refusal_texts": "[]",
        "lane_width": "12",
        "sends_per_minute": "90",
        "checks_balance": "on",
    }
    assert operator.post(page_of(provider), form).status_code == 302
    provider.refresh_from_db()
    assert (provider.lane_width, provider.sends_per_minute) == (12, 90)
    assert provider.checks_balance
    assert ActLog.objects.get().changes["lane_width"] == ["4", "12"]
    operator.post(page_of(provider), form | {"lane_width": "", "sends_per_minute": ""})
    provider.refresh_from_db()
    assert (provider.lane_width, provider.sends_per_minute) == (4, None)


@pytest.mark.parametrize("wrong", [{"lane_width": "0"}, {"sends_per_minute": "0"}])
def test_a_lane_through_which_nothing_would_go_is_refused(
    operator: Client, wrong: dict[str, str]
) -> None:
    provider = factories.provider(url="https://panel.example/api/v2")
    form = {"name": provider.name, "url": provider.url, "currency": "USD", "refusal_texts": "[]"}
    page = operator.post(page_of(provider), form | wrong)
    assert "greater than or equal to 1" in text_of(page)


def test_resuming_ends_the_rest_of_a_provider_that_failed(operator: Client) -> None:
    until = timezone.now() + timedelta(minutes=9)
    provider = factories.provider(failures_in_a_row=6, tripped_until=until)
    operator.post(LIST, {"action": "resume", "_selected_action": [provider.pk], "reason": ""})
    provider.refresh_from_db()
    assert (provider.failures_in_a_row, provider.tripped_until) == (0, None)


def test_alternatives_are_added_on_the_page_of_the_service_and_logged(operator: Client) -> None:
    service: Service = factories.service()
    offer = factories.offer()
    rows = {
        "alternatives-TOTAL_FORMS": "1",
        "alternatives-0-position": "2",
        "alternatives-0-provider_service": str(offer.pk),
    }
    assert operator.post(change(service), form_of(service, **rows)).status_code == 302
    assert service.alternatives.get().provider_service == offer
    (said,) = ActLog.objects.get().changes["alternatives"]
    assert said == f"added {service.pk} by {offer.pk}"
