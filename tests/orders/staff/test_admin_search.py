"""What staff type into the admin finds one among any number of orders, by index alone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders.models import Order, Status, Submission
from orders.staff import finding
from services.models import Provider
from tests.factories import order, provider
from tests.orders.pages import RUNNING, walk

ORDERS = reverse("admin:orders_order_changelist")
SUBMISSIONS = reverse("admin:orders_submission_changelist")


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


@pytest.fixture
def upstream(terms: None) -> Provider:
    return provider(name="Upstream")


@pytest.fixture
def theirs(alice: User, upstream: Provider) -> Order:
    """Runs at a provider under a number of its own."""
    placed = walk(order(alice, link="https://example.com/p/one"), *RUNNING)
    Order.objects.filter(pk=placed.pk).update(provider=upstream, external_id="4711")
    return placed


@pytest.fixture
def other(bob: User, terms: None) -> Order:
    return walk(order(bob, link="https://example.com/p/two"), *RUNNING, Status.COMPLETED)


def found(client: Client, words: str, address: str = ORDERS) -> list[int]:
    return [row.pk for row in client.get(address, {"q": words}).context["cl"].result_list]


def test_orders_are_found_by_number_link_and_customer(
    desk: Client, theirs: Order, other: Order, bob: User
) -> None:
    for words in (str(theirs.pk), "4711", "http://www.example.com/p/one/?utm_source=x"):
        assert found(desk, words) == [theirs.pk]
    for words in (str(other.pk), bob.email.upper(), "example.com/p/two"):
        assert found(desk, words) == [other.pk]
    assert found(desk, "example.com") == found(desk, "nobody@example.com") == []


def test_a_number_that_is_ours_and_a_providers_finds_both(
    desk: Client, theirs: Order, other: Order
) -> None:
    Order.objects.filter(pk=theirs.pk).update(external_id=str(other.pk))
    assert found(desk, str(other.pk)) == [other.pk, theirs.pk]


def test_submissions_are_found_by_order_and_by_the_answer(
    desk: Client, theirs: Order, upstream: Provider
) -> None:
    now = timezone.now()
    sent = Submission.objects.create(
        order=theirs,
        provider=upstream,
        state=Submission.State.UNCERTAIN,
        candidate_id="C-1",
        lease_until=now,
        started_at=now,
    )
    assert found(desk, str(theirs.pk), SUBMISSIONS) == found(desk, "C-1", SUBMISSIONS) == [sent.pk]
    assert found(desk, "4712", SUBMISSIONS) == []


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("words", "indexes"),
    [
        ("12", {"orders_order_pkey", "orders_order_upstream_once"}),
        ("alice@example.com", {"accounts_user_email_unique", "orders_order_customer"}),
        ("example.com/p/one", {"orders_order_ended_links", "orders_order_running_links"}),
    ],
)
def test_no_order_is_looked_at_that_is_not_meant(words: str, indexes: set[str]) -> None:
    rows = Order.objects.filter(finding.orders_for(words)).order_by("-pk")[:50]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.explain()
    assert {index for index in indexes if index in plan} == indexes
    assert "Seq Scan on orders_order" not in plan
