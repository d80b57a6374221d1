"""Many orders at once: nothing before the preview, each by itself, and nobody else's."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders.ending import denying
from orders.models import FollowUp, Order, Status
from orders.pages import bulk
from services.models import Service
from tests.factories import order, service
from tests.orders.pages import LIST, RUNNING, text_of, walk
from tests.orders.plans import planning
from wallet.balances import spendable_micros

BULK = reverse("orders:order_bulk")
_NAMED = re.compile(r'name="order" value="(\d+)"')


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def shop(terms: None) -> Service:
    return service(can_cancel=True, can_refill=True, refill_days=30)


def preview(client: Client, **asked: object) -> str:
    answer = client.get(BULK, asked)  # type: ignore[arg-type]
    return answer.content.decode()


def named(page: str) -> list[int]:
    """The orders that the form of a preview would act on."""
    return [int(number) for number in _NAMED.findall(page)]


def status_of(found: Order) -> str:
    return Order.objects.get(pk=found.pk).status


class TestCanceling:
    def test_the_preview_changes_nothing_and_names_only_what_can_be(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        waiting, done = order(alice, service=shop), order(alice, service=shop)
        walk(done, *RUNNING, Status.COMPLETED)
        page = preview(own, act="cancel", order=[waiting.pk, done.pk])
        assert named(page) == [waiting.pk]
        assert "Cancel 1 order" in page
        assert "$1.00 comes back at once" in page
        assert "The order has ended." in page
        assert status_of(waiting) == Status.QUEUED

    def test_each_that_was_named_is_canceled_and_its_charge_is_back(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        orders = [order(alice, service=shop) for _ in range(3)]
        before = spendable_micros(customer_id=alice.pk)
        numbers = [found.pk for found in orders[:2]]
        page = own.post(BULK, {"act": "cancel", "order": numbers})
        assert "2 of 2 cancels taken" in text_of(page)
        assert [status_of(found) for found in orders] == ["canceled", "canceled", "queued"]
        assert spendable_micros(customer_id=alice.pk) - before == 2_000_000

    def test_one_that_went_off_meanwhile_stops_no_other(
        self, own: Client, alice: User, terms: None
    ) -> None:
        gone, waiting = order(alice), order(alice)
        walk(gone, *RUNNING)
        page = own.post(BULK, {"act": "cancel", "order": [gone.pk, waiting.pk]})
        assert "1 of 2 cancels taken" in text_of(page)
        assert status_of(waiting) == Status.CANCELED
        assert status_of(gone) == Status.IN_PROGRESS

    def test_a_running_drip_feed_begins_no_further_run(
        self, own: Client, alice: User, terms: None
    ) -> None:
        feed = planning.drip_feed(alice, quantity=1000, runs=5)
        planning.sweep()
        planning.accept(planning.runs_of(feed)[0])
        page = preview(own, act="cancel", order=[feed.pk])
        assert named(page) == [feed.pk]
        assert "No further run begins" in page
        done = own.post(BULK, {"act": "cancel", "order": [feed.pk]})
        assert "1 of 1 cancels taken" in text_of(done)
        assert planning.reread(feed).refunded_micros == 4_000_000
        assert "Its runs have begun" in preview(own, act="cancel", order=[feed.pk])
        assert "0 of 1 cancels" in text_of(own.post(BULK, {"act": "cancel", "order": [feed.pk]}))

    def test_sent_twice_it_gives_back_once(self, own: Client, alice: User, shop: Service) -> None:
        waiting = order(alice, service=shop)
        for _ in range(2):
            own.post(BULK, {"act": "cancel", "order": [waiting.pk]})
        assert Order.objects.get(pk=waiting.pk).refunded_micros == waiting.charge_micros

    def test_what_staff_have_canceled_and_kept_is_not_called_back(
        self, own: Client, alice: User, fiona: User, shop: Service
    ) -> None:
        denied = order(alice, service=shop)
        denying.cancel_without_refund(
            order_id=denied.pk, actor=fiona, reason="A breach, ticket 8.", at=timezone.now()
        )
        page = text_of(own.post(BULK, {"act": "cancel", "order": [denied.pk]}))
        assert "0 of 1 cancels taken" in page
        assert "The order has ended." in page
        assert "The whole charge is back." not in page


class TestTheWholeFilter:
    def test_it_reaches_beyond_the_page(
        self, own: Client, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("orders.pages.listing.PAGE_SIZE", 1)
        orders = [order(alice, service=shop).pk for _ in range(3)]
        other = order(alice)
        page = preview(own, act="cancel", scope="all", service=shop.pk)
        assert named(page) == orders[::-1]
        assert other.pk not in named(page)

    def test_more_than_one_turn_takes_is_said(
        self, own: Client, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bulk, "MOST_AT_ONCE", 2)
        newest = [order(alice, service=shop).pk for _ in range(3)][:0:-1]
        page = preview(own, act="cancel", scope="all")
        assert named(page) == newest
        assert "do the others afterwards" in page


class TestRefilling:
    def test_only_what_can_be_refilled_is_asked_for(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        done = walk(order(alice, service=shop), *RUNNING, Status.COMPLETED)
        plain = walk(order(alice), *RUNNING, Status.COMPLETED)
        page = preview(own, act="refill", order=[done.pk, plain.pk])
        assert named(page) == [done.pk]
        assert "This service was sold without refill." in page
        own.post(BULK, {"act": "refill", "order": named(page)})
        assert FollowUp.objects.get().order_id == done.pk


class TestWhoMay:
    def test_others_orders_are_neither_shown_nor_touched(
        self, own: Client, bob: User, shop: Service
    ) -> None:
        theirs = order(bob, service=shop)
        assert "No order fits" in preview(own, act="cancel", order=[theirs.pk])
        page = own.post(BULK, {"act": "cancel", "order": [theirs.pk]})
        assert "There is no such order." in text_of(page)
        assert status_of(theirs) == Status.QUEUED

    @pytest.mark.parametrize(
        "sent",
        [{}, {"act": "cancel"}, {"act": "steal", "order": "1"}, {"act": "cancel", "order": "x"}],
    )
    def test_what_makes_no_sense_leads_back_to_the_list(
        self, own: Client, alice: User, shop: Service, sent: dict[str, str]
    ) -> None:
        waiting = order(alice, service=shop)
        answer = own.get(BULK, sent)
        assert (answer.status_code, answer["Location"]) == (302, LIST)
        own.post(BULK, sent)
        assert status_of(waiting) == Status.QUEUED
