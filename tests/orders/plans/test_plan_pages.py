"""The pages of what goes on by itself: words before money, and what a press does."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders.models import Order, Repeat
from orders.pages import plan_story
from orders.plans import renewing, repeats
from services.models import Service
from services.providers import client as provider_client
from services.providers.dialect import ReportState
from tests import factories
from tests.orders.plans.planning import accept, drip_feed, reread, run_to, runs_of, sweep
from tests.orders.plans.subscribing import Upstream, say, subscribed
from tests.orders.plans.test_repeats import due_at, finished, repeated
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db

PLANS = "/orders/plans/"


@pytest.fixture
def as_alice(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


# --- The list -------------------------------------------------------------------------------------


def test_without_plans_the_page_says_what_would_stand_there(as_alice: Client) -> None:
    assert "Nothing goes on by itself" in text_of(as_alice, PLANS)


def test_the_list_shows_each_kind_with_what_comes_next(as_alice: Client, alice: User) -> None:
    feed, plan = drip_feed(alice, runs=4), subscribed(alice, posts=3)
    repeat = repeated(finished(alice))
    sweep()
    shown = text_of(as_alice, PLANS)
    assert f">{feed.pk}</b>" in shown
    assert "1 of 4" in shown
    assert str(plan.parameters["username"]) in shown
    assert repeat.next_on is not None
    assert f"{repeat.next_on.day} " in shown
    assert reverse("orders:repeat_cancel", args=[repeat.pk]) in shown


def test_what_goes_on_is_listed_however_much_has_ended_since(
    as_alice: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_story, "LISTED", 1)
    going = [drip_feed(alice, runs=4), subscribed(alice, posts=3)]
    repeat = repeated(finished(alice))
    ended = [drip_feed(alice, runs=2) for _one in range(2)]
    ended += [subscribed(alice, posts=3) for _one in range(2)]
    Order.objects.filter(pk__in=[order.pk for order in ended]).update(status="completed")
    for _one in range(2):
        Repeat.objects.filter(pk=repeated(finished(alice)).pk).update(state="ended", next_on=None)
    shown = text_of(as_alice, PLANS)
    assert reverse("orders:repeat_cancel", args=[repeat.pk]) in shown
    for order in (*going, ended[1], ended[3]):
        assert order.get_absolute_url() in shown
    for order in (ended[0], ended[2]):
        assert order.get_absolute_url() not in shown


def test_the_list_takes_as_many_queries_for_ten_months_as_for_one(
    as_alice: Client, alice: User
) -> None:
    repeated(finished(alice))
    with CaptureQueriesContext(connection) as one:
        as_alice.get(PLANS)
    for _more in range(9):
        repeated(finished(alice))
    with CaptureQueriesContext(connection) as ten:
        as_alice.get(PLANS)
    assert len(ten) == len(one)


def test_a_strangers_plans_are_not_shown(client: Client, alice: User, bob: User) -> None:
    drip_feed(alice)
    client.force_login(bob)
    assert "Nothing goes on by itself" in text_of(client, PLANS)


# --- On the order's page --------------------------------------------------------------------------


def test_a_drip_feeds_page_has_its_runs_as_dates_and_links(as_alice: Client, alice: User) -> None:
    parent = drip_feed(alice, quantity=100, runs=5, interval=60)
    run_to(parent, ReportState.COMPLETED)
    shown = text_of(as_alice, parent.get_absolute_url())
    assert "5 runs of 100, 60 minutes apart" in shown
    assert runs_of(parent)[0].get_absolute_url() in shown
    assert shown.count("Not begun") == 4
    assert reverse("orders:order_stop", args=[parent.pk]) in shown


def test_a_runs_page_leads_to_its_drip_feed(as_alice: Client, alice: User) -> None:
    parent = drip_feed(alice)
    sweep()
    shown = text_of(as_alice, runs_of(parent)[0].get_absolute_url())
    assert f"Run 1 of drip-feed {parent.pk}" in shown


def test_a_subscriptions_page_has_its_posts(
    as_alice: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Upstream()
    monkeypatch.setattr(provider_client, "statuses", told.statuses)
    parent = say(subscribed(alice, posts=3), "Active", told.make(150))
    shown = text_of(as_alice, parent.get_absolute_url())
    assert "1 of 3" in shown
    assert "Each new post is counted" in shown
    post = parent.children.get()
    assert post.get_absolute_url() in shown
    assert f"Post 1 of subscription {parent.pk}" in text_of(as_alice, post.get_absolute_url())


def test_a_paused_one_says_that_nothing_is_owed(
    as_alice: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Upstream()
    monkeypatch.setattr(provider_client, "statuses", told.statuses)
    parent = say(subscribed(alice, funds=1), "Active", told.make())
    assert "You owe nothing for what still comes" in text_of(as_alice, parent.get_absolute_url())


def test_canceling_one_without_a_limit_says_that_no_further_post_is_charged(
    as_alice: Client, alice: User
) -> None:
    parent = say(subscribed(alice), "Active")
    address = reverse("orders:order_cancel", args=[parent.pk])
    question = text_of(as_alice, address)
    assert "no post that appears from now on is charged" in question
    assert "what was not delivered comes back" not in question
    as_alice.post(address)
    say(parent, "Active")
    assert "No post that appears since then costs you" in text_of(
        as_alice, parent.get_absolute_url()
    )


# --- Stopping a drip-feed -------------------------------------------------------------------------


def test_stopping_says_what_comes_back_before_it_does(as_alice: Client, alice: User) -> None:
    parent = drip_feed(alice, quantity=1000, runs=5)
    sweep()
    accept(runs_of(parent)[0])
    address = reverse("orders:order_stop", args=[parent.pk])
    assert "$4.00 for the runs that have not begun" in text_of(as_alice, address)
    before = spendable_micros(customer_id=alice.pk)
    assert as_alice.post(address).status_code == 302
    assert spendable_micros(customer_id=alice.pk) == before + 4 * factories.MICROS
    assert "has no run to stop" in text_of(as_alice, address, status=409)
    assert as_alice.post(address).status_code == 409


def test_an_order_that_is_over_has_nothing_to_stop(as_alice: Client, alice: User) -> None:
    parent = drip_feed(alice, runs=2, interval=1)
    for _number in range(2):
        run_to(parent, ReportState.COMPLETED)
    text_of(as_alice, reverse("orders:order_stop", args=[parent.pk]), status=409)


def test_only_ones_own_drip_feed_can_be_stopped(client: Client, alice: User, bob: User) -> None:
    parent = drip_feed(alice)
    sweep()
    client.force_login(bob)
    assert client.post(reverse("orders:order_stop", args=[parent.pk])).status_code == 404
    assert reread(parent).refunded_micros == 0


# --- Every month ----------------------------------------------------------------------------------


def press(client: Client, order: Order, **fields: object) -> int:
    return client.post(reverse("orders:order_repeat", args=[order.pk]), fields).status_code


def test_the_words_to_agree_to_name_the_price_and_the_day(as_alice: Client, alice: User) -> None:
    shown = text_of(as_alice, reverse("orders:order_repeat", args=[finished(alice).pk]))
    assert "take at most $1.00" in shown
    assert "Nothing is charged now" in shown


def test_without_the_tick_nothing_is_agreed_to(as_alice: Client, alice: User) -> None:
    assert press(as_alice, finished(alice), charge=factories.MICROS) == 422
    assert not Repeat.objects.exists()


def test_with_the_tick_it_is_repeated_from_next_month_on(as_alice: Client, alice: User) -> None:
    order = finished(alice)
    assert press(as_alice, order, charge=factories.MICROS, agree="on") == 302
    assert Repeat.objects.get().agreed_from_ip == "127.0.0.1"
    assert press(as_alice, order, charge=factories.MICROS, agree="on") == 409
    assert Repeat.objects.count() == 1


@pytest.mark.parametrize("charge", ["", "1", "x", "-1", "9" * 30])
def test_another_price_than_was_shown_is_shown_again(
    as_alice: Client, alice: User, charge: str
) -> None:
    assert press(as_alice, finished(alice), charge=charge, agree="on") == 422
    assert not Repeat.objects.exists()


def test_what_is_off_sale_cannot_be_repeated(as_alice: Client, alice: User) -> None:
    order = finished(alice)
    Service.objects.filter(pk=order.service_id).update(is_active=False)
    assert press(as_alice, order, charge=factories.MICROS, agree="on") == 409


def test_a_monthly_order_is_canceled_with_its_end_date(as_alice: Client, alice: User) -> None:
    repeat = repeated(finished(alice))
    address = reverse("orders:repeat_cancel", args=[repeat.pk])
    assert "stays paid for until" in text_of(as_alice, address)
    assert as_alice.post(address).status_code == 302
    assert Repeat.objects.get().next_on is None
    assert "canceled already" in text_of(as_alice, address, status=409)


def test_a_higher_price_is_agreed_to_on_its_page(as_alice: Client, alice: User) -> None:
    order = finished(alice)
    repeat = repeated(order)
    Service.objects.filter(pk=order.service_id).update(rate_micros=2 * factories.MICROS)
    address = reverse("orders:repeat_agree", args=[repeat.pk])
    assert address in text_of(as_alice, PLANS)
    assert "costs $2.00 now; you agreed to $1.00" in text_of(as_alice, address)
    assert as_alice.post(address, {"charge": "2000000", "agree": "on"}).status_code == 302
    assert Repeat.objects.get().agreed_charge_micros == 2 * factories.MICROS


def test_what_is_canceled_has_no_price_to_agree_to(as_alice: Client, alice: User) -> None:
    repeat = repeated(finished(alice))
    repeats.cancel(repeat_id=repeat.pk, customer_id=alice.pk, at=timezone.now())
    text_of(as_alice, reverse("orders:repeat_agree", args=[repeat.pk]), status=409)


def test_why_a_month_was_not_placed_stands_in_the_list(as_alice: Client, alice: User) -> None:
    repeat = repeated(factories.order(alice))
    renewing.renew_due(at=due_at(repeat))
    assert "The order before it is still running" in text_of(as_alice, PLANS)


def test_an_orders_page_offers_to_repeat_it_and_then_says_when(
    as_alice: Client, alice: User
) -> None:
    order = finished(alice)
    assert "Repeat this order every month" in text_of(as_alice, order.get_absolute_url())
    repeated(order)
    assert "for at most $1.00" in text_of(as_alice, order.get_absolute_url())
