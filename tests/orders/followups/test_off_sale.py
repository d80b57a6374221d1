"""A service that is off sale takes no orders; those that it has go on with what they were sold
with, to their end and after it (CAT-03, CAT-06, CAT-09)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders.models import FollowUp, Order, Status
from services.models import ProviderService, Service
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.orders.api.program import program
from tests.orders.following.reports import apply, broken_books, report
from tests.orders.followups.acts import asked, let_pass, pass_on, sent_to
from tests.orders.pages import text_of
from tests.orders.placing.asking import refusal

State, OffReason = FollowUp.State, Service.OffReason
# Off by a person, and by the panel for each of its reasons.
EVERY_REASON = ["", *OffReason.values]


def take_off(service: Service, reason: str) -> None:
    """With everything about it changed as well, so that only the snapshot is left to go by."""
    ProviderService.objects.filter(services=service).update(gone_at=timezone.now())
    Service.objects.filter(pk=service.pk).update(
        is_active=False, off_reason=reason, name="Gone", can_refill=False, can_cancel=False
    )
    service.refresh_from_db()


@pytest.mark.parametrize("reason", EVERY_REASON)
def test_a_running_order_is_polled_completed_and_refilled(
    running: Order, followers: Service, upstream: DemoProvider, reason: str
) -> None:
    take_off(followers, reason)
    assert let_pass(running, upstream, seconds=300).status == Status.IN_PROGRESS
    completed = let_pass(running, upstream, seconds=301)
    assert (completed.status, completed.snapshot["name"] == "Gone") == (Status.COMPLETED, False)
    refill = pass_on(asked(completed, FollowUp.Kind.REFILL))
    assert (refill.state, refill.external_id is not None) == (State.SENT, True)
    assert broken_books() == []


def test_what_is_missing_of_it_is_paid_back(running: Order, followers: Service) -> None:
    take_off(followers, "")
    apply(running, report("partial", 250), at=timezone.now())
    assert running.refunded_micros == running.charge_micros * 250 // running.units


def test_an_order_that_waits_is_still_sent(
    alice: User, followers: Service, upstream: DemoProvider
) -> None:
    waiting = factories.order(alice, service=followers)
    take_off(followers, OffReason.COST)
    assert sent_to(waiting).status == Status.PENDING


def test_its_customer_may_still_ask_for_a_cancel(running: Order, followers: Service) -> None:
    take_off(followers, OffReason.GONE)
    assert asked(running, FollowUp.Kind.CANCEL).state == State.ASKED


def test_nobody_orders_it_or_finds_it(client: Client, alice: User, followers: Service) -> None:
    factories.fund(alice)
    take_off(followers, OffReason.CHANGED)
    assert refusal(alice, followers).code == "unknown_service"
    assert client.get(f"/services/{followers.pk}/").status_code == 404
    assert program(alice).ask(action="services") == []


@pytest.mark.parametrize("flag", [True, False])
def test_the_flag_that_it_was_sold_with_decides_about_a_cancel(
    client: Client, alice: User, followers: Service, upstream: DemoProvider, flag: bool
) -> None:
    Service.objects.filter(pk=followers.pk).update(can_cancel=flag)
    placed = sent_to(factories.order(alice, service=followers))
    Service.objects.filter(pk=followers.pk).update(can_cancel=not flag)
    client.force_login(alice)
    page = client.get(placed.get_absolute_url())
    assert (b'id="cancel"' in page.content) == flag
    if not flag:
        assert "cannot be stopped once it has been sent" in text_of(page)
    answer = program(alice).ask(action="cancel", orders=placed.pk)
    refused = {"error": "Order cannot be canceled"}
    assert answer == [{"order": placed.pk, "cancel": 1 if flag else refused}]
