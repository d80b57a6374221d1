"""What providers learn (DEL-02), and what customers learn of providers (DEL-01)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActLog, Case, User
from orders.following import syncing
from orders.models import Clock, Status
from orders.sending import balances, forwarding, reconciling
from services.models import Provider, Service
from services.types import SPECS, ServiceType
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.orders.sending.doubting import accepted, lost

pytestmark = pytest.mark.django_db

PROTOCOL = {"key", "action", "service", "link", "quantity", "order", "orders", "runs", "interval"}
PARAMETERS = {parameter.name for spec in SPECS.values() for parameter in spec.parameters}
HEADERS = {
    "Host",
    "User-Agent",
    "Accept",
    "Accept-Encoding",
    "Content-Type",
    "Content-Length",
    "Connection",
}


@pytest.fixture
def told(alice: User, views: Service, upstream: DemoProvider) -> list[dict[str, dict[str, str]]]:
    """Every request of a busy hour: sending, losing, looking for, following, reading balances."""
    start = timezone.now() - timedelta(hours=1)
    Provider.objects.update(scans_numbers=True, checks_balance=True)
    accepted(alice, views, at=start)
    lost(alice, views, upstream, arrives=False, at=start + timedelta(minutes=1))
    last = accepted(alice, views, at=start + timedelta(minutes=9))
    provider_id = last.provider_id or 0
    balances.read(provider_id=provider_id, at=timezone.now())
    reconciling.reconcile(provider_id=provider_id, at=timezone.now())
    syncing.poll(provider_id=provider_id, at=timezone.now())
    return upstream.requests()


def test_providers_get_the_orders_parameters_and_nothing_else(
    told: list[dict[str, dict[str, str]]],
) -> None:
    actions = {request["fields"]["action"] for request in told}
    assert actions == {"add", "balance", "status"}
    for request in told:
        assert request["fields"].keys() <= PROTOCOL | PARAMETERS


def test_no_header_tells_of_the_customer(
    told: list[dict[str, dict[str, str]]], alice: User
) -> None:
    for request in told:
        assert request["headers"].keys() <= HEADERS
        assert request["headers"]["User-Agent"] == "Mozilla/5.0 (compatible)"


def test_nothing_of_the_customer_is_in_any_request(
    told: list[dict[str, dict[str, str]]], alice: User
) -> None:
    said = str(told).lower()
    for secret in (alice.email, alice.email.partition("@")[0], "referer", "forwarded", "cookie"):
        assert secret.lower() not in said


@pytest.mark.parametrize("kind", ServiceType)
def test_no_type_sends_a_field_that_the_trade_does_not_know(kind: ServiceType) -> None:
    names = {parameter.name for parameter in SPECS[kind].parameters}
    assert not names & {"email", "name", "ip", "user", "customer", "reference"}


@pytest.mark.parametrize("fate", ["accepted", "refused", "uncertain", "not_sent"])
def test_customers_never_read_a_providers_name_number_or_words(
    client: Client,
    alice: User,
    views: Service,
    provider_row: Provider,
    upstream: DemoProvider,
    fate: str,
) -> None:
    Provider.objects.filter(pk=provider_row.pk).update(name="Wholesale Zeta")
    faults = {"refused": "Incorrect service ID", "uncertain": "Zeta is tired", "not_sent": None}
    placed = order(alice, service=views, quantity=1000)
    if fate == "not_sent":
        upstream.fault("rate_limited", seconds=1)
    elif fate != "accepted":
        upstream.fault("error", value=faults[fate])
    forwarding.forward(order_id=placed.pk)
    placed.refresh_from_db()
    client.force_login(alice)
    pages = [reverse("orders:order_detail", args=[placed.pk]), reverse("orders:order_list")]
    for page in pages:
        shown = client.get(page).content.decode()
        for secret in (
            "Zeta",
            "Incorrect service ID",
            "rate_limited",
            placed.external_id or "Zeta",
        ):
            assert secret not in shown


def test_a_normal_order_needs_nobody_of_the_staff(
    client: Client, alice: User, views: Service, upstream: DemoProvider
) -> None:
    """ORD-13: placed, sent, followed and completed, and nobody of the staff acted or was asked."""
    placed = order(alice, service=views, quantity=1000)
    forwarding.forward(order_id=placed.pk)
    upstream.advance(100_000)
    for minutes in (1, 2):
        at = timezone.now() + timedelta(minutes=minutes)
        Clock.objects.update(next_at=at)
        syncing.poll(provider_id=views.provider_service.provider_id, at=at)  # type: ignore[union-attr]
    placed.refresh_from_db()
    assert placed.status == Status.COMPLETED
    assert not placed.events.filter(actor__is_staff=True).exists()
    assert not ActLog.objects.exists()
    assert not Case.objects.exists()
