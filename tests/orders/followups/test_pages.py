"""What a customer reads and presses: every consequence is said before, and nothing is called done
before it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from orders.followups.offers import Offer, listed_offers
from orders.models import FollowUp, Order, Status
from orders.pages.followup_words import days_left
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.orders.followups.acts import answered, asked, calls, pass_on, reported, under
from tests.orders.pages import SCRIPTED, text_of

pytestmark = pytest.mark.django_db
Kind, State = FollowUp.Kind, FollowUp.State


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def url(order: Order, act: str) -> str:
    return reverse(f"orders:order_{act}", args=[order.pk])


def page(own: Client, order: Order) -> str:
    return text_of(own.get(order.get_absolute_url()))


class TestRefill:
    def test_the_button_says_how_many_days_are_left(self, own: Client, completed: Order) -> None:
        assert "Refill · 30 days left" in page(own, completed)
        finished_at = timezone.now() - timedelta(days=29, hours=1)
        Order.objects.filter(pk=completed.pk).update(finished_at=finished_at)
        assert "Refill · 1 day left" in page(own, completed)

    def test_it_asks_first_then_shows_its_state_and_clock(
        self, own: Client, completed: Order, upstream: DemoProvider
    ) -> None:
        asks = text_of(own.get(url(completed, "refill")))
        assert "what is missing is delivered again, free of charge" in asks
        assert not FollowUp.objects.exists()
        told = text_of(own.post(url(completed, "refill"), follow=True))
        assert "Refill Asked for" in told
        assert "Answer until" in told
        assert "Refill: Asked for" in told  # and in the story of the order
        pass_on(FollowUp.objects.get())
        assert "Passed on, waits for the answer" in page(own, completed)
        assert calls(upstream, "refill") == 1

    def test_pressed_twice_it_is_one(self, own: Client, completed: Order) -> None:
        for _press in range(2):
            answer = own.post(url(completed, "refill"))
            assert answer.status_code == 302
        assert FollowUp.objects.count() == 1

    def test_the_page_says_why_it_is_off(self, own: Client, completed: Order) -> None:
        finished_at = timezone.now() - timedelta(days=31)
        Order.objects.filter(pk=completed.pk).update(finished_at=finished_at)
        assert "The refill time of this order is over." in page(own, completed)
        for answer in (own.get(url(completed, "refill")), own.post(url(completed, "refill"))):
            assert answer.status_code == 409
            assert "The refill time of this order is over." in text_of(answer)
        assert not FollowUp.objects.exists()

    def test_the_end_is_told_with_its_reason(self, own: Client, completed: Order) -> None:
        refill = asked(completed, Kind.REFILL)
        FollowUp.objects.filter(pk=refill.pk).update(
            state=State.DECLINED, reason="not_dropped", ended_at=timezone.now()
        )
        told = page(own, completed)
        assert "Declined" in told
        assert "The count has not dropped below what was ordered." in told
        assert "Again from" in told

    def test_the_page_asks_for_news_while_one_is_open(self, own: Client, completed: Order) -> None:
        address = completed.get_absolute_url()
        assert "hx-get" not in own.get(address, headers=SCRIPTED).content.decode()
        asked(completed, Kind.REFILL)
        assert "hx-get" in own.get(address, headers=SCRIPTED).content.decode()

    @pytest.mark.parametrize(
        ("hours", "days"), [(24 * 30, 30), (24 * 29 + 1, 30), (24, 1), (0.01, 1), (0, None)]
    )
    def test_a_day_that_has_begun_counts(self, hours: float, days: int | None) -> None:
        at = timezone.now()
        offer = Offer(Kind.REFILL, until=at + timedelta(hours=hours))
        assert days_left(offer, at=at) == days


class TestCancel:
    def test_with_a_provider_it_is_called_a_request_and_never_done(
        self, own: Client, running: Order, upstream: DemoProvider
    ) -> None:
        assert f"Ask to cancel order {running.pk}" in page(own, running)
        asks = text_of(own.get(url(running, "cancel")))
        assert "this is a request" in asks
        assert "if not, it goes on and nothing comes back" in asks
        told = text_of(own.post(url(running, "cancel"), follow=True))
        assert "Asked for. The answer appears on this page." in told
        pass_on(FollowUp.objects.get())
        assert "Canceled" not in page(own, running)
        assert reported(running).status == Status.CANCELED
        answered(FollowUp.objects.get())
        told = page(own, running)
        assert "The order was stopped. What came back is in your balance." in told

    def test_asked_once_the_button_is_gone_and_a_press_leads_back(
        self, own: Client, running: Order
    ) -> None:
        own.post(url(running, "cancel"))
        assert f"Ask to cancel order {running.pk}" not in page(own, running)
        for answer in (own.get(url(running, "cancel")), own.post(url(running, "cancel"))):
            assert answer["Location"] == running.get_absolute_url()
        assert FollowUp.objects.count() == 1

    def test_under_absorbing_terms_it_says_that_all_comes_back_at_once(
        self, own: Client, alice: User, running: Order
    ) -> None:
        under(order_customer_cancel="pending_absorb")
        order = factories.order(alice, service=running.service)
        Order.objects.filter(pk=order.pk).update(
            status=Status.PENDING, external_id="99", provider=running.provider
        )
        asks = text_of(own.get(url(order, "cancel")))
        assert "$1.00 comes back to your balance at once" in asks
        told = text_of(own.post(url(order, "cancel"), follow=True))
        assert "The whole charge is back." in told
        assert "Requests Cancel" not in told  # calling it back is the panel's own matter

    def test_the_terms_are_the_reason_where_they_are(self, own: Client, alice: User) -> None:
        under(order_customer_cancel="never")
        order = factories.order(alice)
        answer = own.post(url(order, "cancel"))
        assert answer.status_code == 409
        assert "The terms of this order do not let it be canceled any more." in text_of(answer)
        order.refresh_from_db()
        assert order.status == Status.QUEUED


class TestSpeedUp:
    def test_it_is_asked_for_and_waits_for_people(
        self, own: Client, running: Order, upstream: DemoProvider
    ) -> None:
        assert "Speed up" in page(own, running)
        assert "It costs nothing" in text_of(own.get(url(running, "speed_up")))
        told = text_of(own.post(url(running, "speed_up"), follow=True))
        assert "Speed-up Asked for" in told
        assert list(FollowUp.objects.for_people()) == [FollowUp.objects.get()]
        assert [one["fields"]["action"] for one in upstream.requests()] == ["add"]

    def test_it_ends_with_its_order(self, running: Order, upstream: DemoProvider) -> None:
        speed_up = asked(running, Kind.SPEED_UP)
        upstream.advance(601)
        reported(running)
        assert answered(speed_up).state == State.DONE

    def test_not_before_somebody_has_the_order(self, own: Client, alice: User) -> None:
        order = factories.order(alice)
        assert own.post(url(order, "speed_up")).status_code == 409
        assert not FollowUp.objects.exists()


class TestTheList:
    def test_rows_offer_what_can_be_asked_for(
        self, own: Client, completed: Order, alice: User
    ) -> None:
        waiting = factories.order(alice)
        listed = own.get(reverse("orders:order_list"))
        assert "Refill · 30 days" in text_of(listed)
        assert url(waiting, "cancel") in listed.content.decode()
        asked(completed, Kind.REFILL)
        assert "Refill · 30 days" not in text_of(own.get(reverse("orders:order_list")))

    def test_rows_cost_one_query_more_however_many_there_are(
        self, completed: Order, alice: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        rows = [completed, *(factories.order(alice) for _number in range(5))]
        with django_assert_num_queries(1):
            offers = listed_offers(rows, at=timezone.now())
        assert len(offers) == len(rows)


@pytest.mark.parametrize("act", ["cancel", "refill", "speed_up"])
def test_a_strangers_order_does_not_exist(
    client: Client, bob: User, completed: Order, act: str
) -> None:
    client.force_login(bob)
    assert client.get(url(completed, act)).status_code == 404
    assert client.post(url(completed, act)).status_code == 404
    assert not FollowUp.objects.exists()
