"""Orders at providers of other kinds: sent once, followed and paid back as at any other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from orders.following import syncing
from orders.models import Order, Status
from orders.sending import forwarding
from services.models import Provider, ProviderService, Service
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from wallet import verification

pytestmark = pytest.mark.django_db
KINDS = ("bearer_wrapped", "get_query", "header_key_paths", "indonesian_wrapped")
LINK = "https://example.com/partial-40"


def speak(upstream: DemoProvider, provider: Provider, kind: str, *, preset: str) -> None:
    provider.url = upstream.url_as(kind)
    provider.dialect_preset = preset
    provider.save()


def sent(alice: User, service: Service) -> Order:
    placed = order(alice, service=service, link=LINK, quantity=1000)
    forwarding.forward(order_id=placed.pk)
    placed.refresh_from_db()
    return placed


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_is_sent_once_followed_and_paid_back_in_part(
    alice: User, views: Service, provider_row: Provider, upstream: DemoProvider, kind: str
) -> None:
    speak(upstream, provider_row, kind, preset=kind)
    placed = sent(alice, views)
    assert placed.status == Status.PENDING
    upstream.advance(600)
    syncing.poll(provider_id=provider_row.pk, at=timezone.now() + timedelta(days=1))
    placed.refresh_from_db()
    assert (placed.status, placed.refunded_micros) == (Status.PARTIAL, 400_000)
    assert upstream.counts() == {LINK: 1}
    assert all(finding.is_ok for finding in verification.verify())


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_refused_in_its_words_is_paid_back(
    alice: User, views: Service, provider_row: Provider, upstream: DemoProvider, kind: str
) -> None:
    speak(upstream, provider_row, kind, preset=kind)
    ProviderService.objects.update(external_id="999")
    placed = sent(alice, views)
    assert placed.status == Status.CANCELED
    assert placed.refunded_micros == placed.charge_micros
    assert upstream.counts() == {}


def test_in_the_wrong_dialect_an_order_that_was_made_stays_a_doubt(
    alice: User, views: Service, provider_row: Provider, upstream: DemoProvider
) -> None:
    speak(upstream, provider_row, "numeric_statuses", preset="api_v2")
    placed = sent(alice, views)
    assert (placed.status, placed.refunded_micros) == (Status.UNCERTAIN, 0)
    forwarding.forward(order_id=placed.pk)
    assert upstream.counts() == {LINK: 1}
