"""Subscriptions: posts, money and ends (docs/plans.md, "Subscriptions")."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Case, OutboundMail, User
from orders import lifecycle
from orders.followups.asking import ask
from orders.followups.offers import offers_of
from orders.models import Clock, FollowUp, Order, Role, Status, Subscription
from orders.plans import posts, subscriptions
from services.models import ProviderService, Service
from services.providers import client
from services.providers.dialect import ReportState
from tests import factories
from tests.orders.followups.acts import under
from tests.orders.plans.planning import books_agree, report, reread
from tests.orders.plans.subscribing import (
    Upstream,
    following_posts,
    plan_of,
    posts_of,
    say,
    subscribed,
)
from wallet import ledger
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db

State = Subscription.State
COMPLETED, PARTIAL, CANCELED = ReportState.COMPLETED, ReportState.PARTIAL, ReportState.CANCELED
POST = 200_000
"""Micros of a post at its most: 200 at 1.00 per 1000."""


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Upstream:
    told = Upstream()
    monkeypatch.setattr(client, "statuses", told.statuses)
    return told


def finish(parent: Order, state: ReportState = COMPLETED, *, remains: int | None = None) -> Order:
    for post in posts_of(parent):
        if not post.is_final:
            report(post, state, remains=remains)
    subscriptions.follow_due(at=timezone.now())
    return reread(parent)


# --- What is sent and kept ------------------------------------------------------------------------


def test_it_is_sent_once_with_its_parameters(alice: User) -> None:
    parent = subscribed(alice, posts=5, old_posts=2, delay=30, expiry="31/12/2030")
    sent = parent.submissions.get().request
    assert sent["username"] == parent.parameters["username"]
    assert {name: sent[name] for name in ("min", "max", "posts", "old_posts", "delay")} == {
        "min": "100",
        "max": "200",
        "posts": "5",
        "old_posts": "2",
        "delay": "30",
    }
    plan = plan_of(parent)
    assert (plan.posts, plan.old_posts, plan.delay_minutes) == (5, 2, 30)
    assert str(plan.expires_on) == "2030-12-31"


def test_opening_it_twice_makes_one_plan(alice: User) -> None:
    parent = subscribed(alice)
    subscriptions.open_subscription(order=parent)
    assert Subscription.objects.filter(order=parent).count() == 1


def test_without_a_number_of_posts_there_is_no_limit(alice: User) -> None:
    assert plan_of(subscribed(alice)).posts is None


# --- Limited: paid at once ------------------------------------------------------------------------


def test_a_number_of_posts_is_paid_for_at_once(alice: User, provider: Upstream) -> None:
    parent = subscribed(alice, posts=5)
    assert parent.charge_micros == 5 * POST
    parent = say(parent, "Active", provider.make(), provider.make())
    made = posts_of(parent)
    assert [(post.role, post.charge_micros, post.status) for post in made] == [
        (Role.POST, 0, Status.PENDING)
    ] * 2
    assert (parent.status, parent.refunded_micros) == (Status.IN_PROGRESS, 0)
    assert plan_of(parent).posts_seen == 2
    assert books_agree()


def test_a_post_is_followed_as_any_order(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice, posts=2), "Active", provider.make())
    (post,) = posts_of(parent)
    assert post.clock in Clock.objects.due(at=timezone.now() + timedelta(seconds=10))
    assert (post.provider_id, post.link) == (parent.provider_id, parent.link)


def test_the_same_report_again_changes_nothing(alice: User, provider: Upstream) -> None:
    parent, number = subscribed(alice, posts=5), provider.make()
    for _again in range(3):
        say(parent, "Active", number)
    assert len(posts_of(parent)) == 1


def test_all_posts_delivered_is_completed(alice: User, provider: Upstream) -> None:
    parent = subscribed(alice, posts=2)
    parent = say(parent, "Completed", provider.make(), provider.make())
    assert parent.status == Status.IN_PROGRESS
    parent = finish(parent)
    assert (parent.status, parent.refunded_micros) == (Status.COMPLETED, 0)
    assert plan_of(parent).state == State.COMPLETED
    assert books_agree()


@pytest.mark.parametrize("word", ["Expired", "Canceled", "Completed"])
def test_posts_that_never_came_come_back(alice: User, provider: Upstream, word: str) -> None:
    parent = say(subscribed(alice, posts=5), word, provider.make(), provider.make())
    assert parent.refunded_micros == 3 * POST
    assert finish(parent).status == Status.PARTIAL
    assert books_agree()


def test_no_post_at_all_is_canceled_with_everything_back(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice, posts=3), "Expired")
    assert (parent.status, parent.refunded_micros) == (Status.CANCELED, 3 * POST)
    assert plan_of(parent).state == State.EXPIRED


def test_what_a_post_did_not_deliver_comes_back(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice, posts=2), "Completed", provider.make(), provider.make())
    parent = finish(parent, PARTIAL, remains=50)
    assert (parent.status, parent.refunded_micros) == (Status.PARTIAL, 100_000)


def test_a_post_counts_as_many_as_the_provider_names(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice, posts=2), "Completed", provider.make(150), provider.make())
    assert [post.quantity for post in posts_of(parent)] == [150, 200]
    assert parent.refunded_micros == 50_000


@pytest.mark.parametrize("named", [0, 201, 10**9])
def test_no_more_than_was_agreed_counts(alice: User, provider: Upstream, named: int) -> None:
    parent = say(subscribed(alice, posts=1), "Active", provider.make(named))
    assert posts_of(parent)[0].quantity == 200


def test_posts_beyond_those_paid_for_cost_nothing(alice: User, provider: Upstream) -> None:
    parent = subscribed(alice, posts=1)
    before = spendable_micros(customer_id=alice.pk)
    parent = finish(say(parent, "Completed", *(provider.make() for _ in range(3))), CANCELED)
    assert spendable_micros(customer_id=alice.pk) == before + POST
    assert parent.status == Status.CANCELED
    assert books_agree()


def test_old_posts_alone_are_limited_too(alice: User, provider: Upstream) -> None:
    parent = subscribed(alice, posts=0, old_posts=3)
    assert parent.charge_micros == 3 * POST
    assert (plan_of(parent).posts, plan_of(parent).old_posts) == (0, 3)


def test_a_canceled_subscription_stays_canceled(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice, posts=3), "Canceled")
    parent = say(parent, "Active", provider.make())
    assert plan_of(parent).state == State.CANCELED
    assert parent.refunded_micros == 3 * POST
    assert books_agree()


# --- Without a limit: paid post by post -----------------------------------------------------------


def test_each_post_is_charged_when_it_appears(alice: User, provider: Upstream) -> None:
    parent = subscribed(alice)
    assert parent.charge_micros == 0
    before = spendable_micros(customer_id=alice.pk)
    say(parent, "Active", provider.make(), provider.make(120))
    assert [post.charge_micros for post in posts_of(parent)] == [POST, 120_000]
    assert spendable_micros(customer_id=alice.pk) == before - POST - 120_000
    assert books_agree()


def test_staff_hear_of_posts_that_cost_more_than_was_agreed_to(
    alice: User, provider: Upstream
) -> None:
    parent = subscribed(alice)
    Service.objects.filter(pk=parent.service_id).update(below_cost="refuse")
    offers = ProviderService.objects.filter(services=parent.service_id)
    offers.update(cost_micros=factories.MICROS)
    parent = say(parent, "Active", provider.make())
    told = Case.objects.filter(kind=Case.Kind.BELOW_COST)
    assert not told.exists()
    offers.update(cost_micros=factories.MICROS + 1)
    say(parent, "Active", provider.make())
    assert told.get().key == f"service:{parent.service_id}"
    assert [post.charge_micros for post in posts_of(parent)] == [POST, POST]


def test_a_post_without_a_limit_is_refunded_as_any_order(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice), "Active", provider.make())
    parent = finish(parent, PARTIAL, remains=50)
    assert posts_of(parent)[0].refunded_micros == 50_000
    assert parent.refunded_micros == 0
    assert books_agree()


def test_when_the_balance_is_short_it_is_paused_and_nobody_owes(
    alice: User, provider: Upstream
) -> None:
    parent = subscribed(alice, funds=POST)
    parent = say(parent, "Active", provider.make(), provider.make())
    assert [post.charge_micros for post in posts_of(parent)] == [POST, 0]
    plan = plan_of(parent)
    assert (plan.state, plan.pause_reason) == (State.PAUSED, "funds")
    assert spendable_micros(customer_id=alice.pk) == 0
    assert ledger.held_for(reference=posts_of(parent)[1].reference).charged == 0
    assert OutboundMail.objects.filter(key=f"order:{parent.pk}:paused").count() == 1
    assert Case.objects.open().filter(key=parent.reference).exists()
    assert books_agree()


def test_the_provider_is_asked_once_to_stop_a_paused_one(alice: User, provider: Upstream) -> None:
    parent, numbers = subscribed(alice, funds=1), [provider.make()]
    for _post in range(3):
        say(parent, "Active", *numbers)
        numbers.append(provider.make())
    asked = FollowUp.objects.get(order=parent)
    assert (asked.kind, asked.asked_by_id) == (FollowUp.Kind.CANCEL, None)


def test_what_still_comes_while_it_is_paused_is_free_even_after_a_top_up(
    alice: User, provider: Upstream
) -> None:
    parent, first = subscribed(alice, funds=1), provider.make()
    say(parent, "Active", first)
    factories.fund(alice)
    say(parent, "Active", first, provider.make())
    assert [post.charge_micros for post in posts_of(parent)] == [0, 0]
    assert plan_of(parent).state == State.PAUSED


def test_a_pause_ends_when_the_provider_has_stopped(alice: User, provider: Upstream) -> None:
    parent, number = subscribed(alice, funds=1), provider.make()
    say(parent, "Active", number)
    say(parent, "Active", number)
    assert plan_of(parent).state == State.PAUSED
    parent = finish(say(parent, "Canceled", number))
    assert (plan_of(parent).state, parent.status) == (State.CANCELED, Status.CANCELED)


def test_a_pause_of_the_providers_own_ends_by_itself(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice), "Paused")
    assert (plan_of(parent).state, plan_of(parent).pause_reason) == (State.PAUSED, "provider")
    say(parent, "Active")
    assert (plan_of(parent).state, plan_of(parent).pause_reason) == (State.ACTIVE, "")


@pytest.mark.parametrize("ended_as", ["", FollowUp.State.DECLINED, FollowUp.State.EXPIRED])
def test_from_the_customers_cancel_on_no_post_is_charged_whatever_is_answered(
    alice: User, provider: Upstream, ended_as: str
) -> None:
    parent, first = subscribed(alice), provider.make()
    say(parent, "Active", first)
    ask(order_id=parent.pk, customer_id=alice.pk, kind=FollowUp.Kind.CANCEL, at=timezone.now())
    if ended_as:
        parent.follow_ups.update(state=ended_as, ended_at=timezone.now())
    later = timezone.now() + timedelta(days=60)
    say(parent, "Active", first, provider.make(), at=later)
    say(parent, "Active", first, at=later)
    assert [post.charge_micros for post in posts_of(parent)] == [POST, 0]
    assert (plan_of(parent).state, plan_of(parent).pause_reason) == (State.PAUSED, "asked")
    assert books_agree()


@pytest.mark.parametrize(("posts_asked", "may_be_canceled"), [(0, True), (5, False)])
def test_terms_without_cancels_bind_nobody_to_posts_without_end(
    alice: User, posts_asked: int, may_be_canceled: bool
) -> None:
    under(order_customer_cancel="never")
    parent = subscribed(alice, posts=posts_asked)
    assert offers_of(parent, at=timezone.now()).cancel.is_on is may_be_canceled


def test_a_limited_one_whose_cancel_was_asked_for_goes_on_until_it_is_stopped(
    alice: User, provider: Upstream
) -> None:
    parent = subscribed(alice, posts=5)
    ask(order_id=parent.pk, customer_id=alice.pk, kind=FollowUp.Kind.CANCEL, at=timezone.now())
    say(parent, "Active", provider.make())
    assert plan_of(parent).state == State.ACTIVE


def test_who_is_not_active_pays_for_no_post(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice), "Active")
    User.objects.filter(pk=alice.pk).update(standing=User.Standing.SUSPENDED, is_active=False)
    say(parent, "Active", provider.make())
    assert [post.charge_micros for post in posts_of(parent)] == [0]


def test_posts_of_a_frozen_account_are_charged_once_it_is_lifted(
    alice: User, provider: Upstream
) -> None:
    parent = say(subscribed(alice), "Active")
    frozen = User.objects.filter(pk=alice.pk)
    frozen.update(frozen_at=timezone.now())
    say(parent, "Active", provider.make())
    assert posts_of(parent) == []
    frozen.update(frozen_at=None)
    subscriptions.follow_due(at=timezone.now())
    assert [post.charge_micros for post in posts_of(parent)] == [POST]


def test_what_comes_after_its_end_is_free(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice), "Canceled")
    before = spendable_micros(customer_id=alice.pk)
    say(parent, "Canceled", provider.make())
    assert [post.charge_micros for post in posts_of(parent)] == [0]
    assert spendable_micros(customer_id=alice.pk) == before


def test_what_was_canceled_here_is_stopped_there(alice: User) -> None:
    parent = subscribed(alice, posts=2)
    with transaction.atomic():
        lifecycle.cancel_in_full(
            order=Order.objects.select_for_update().get(pk=parent.pk), at=timezone.now()
        )
    for _sweep in range(2):
        subscriptions.follow_due(at=timezone.now())
    assert FollowUp.objects.filter(order=parent, kind=FollowUp.Kind.CANCEL).count() == 1


# --- What providers get wrong ---------------------------------------------------------------------


def test_a_number_that_the_provider_does_not_know_is_no_post(
    alice: User, provider: Upstream
) -> None:
    parent = say(subscribed(alice), "Active", "123456789", provider.make())
    assert len(posts_of(parent)) == 1
    assert Case.objects.open().filter(key=parent.reference).exists()


def test_while_a_number_is_unknown_no_end_is_believed(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice, posts=2), "Completed", "123456789")
    assert (parent.refunded_micros, plan_of(parent).state) == (0, State.ACTIVE)
    provider.quantities["123456789"] = None
    subscriptions.follow_due(at=timezone.now() + timedelta(minutes=2))
    assert plan_of(parent).state == State.COMPLETED
    assert len(posts_of(parent)) == 1


def test_another_orders_number_is_not_charged_again(alice: User, provider: Upstream) -> None:
    first = say(subscribed(alice), "Active", provider.make())
    stolen = posts_of(first)[0].external_id or ""
    other = subscribed(alice)
    Order.objects.filter(pk=other.pk).update(provider=first.provider_id)
    before = spendable_micros(customer_id=alice.pk)
    say(other, "Active", stolen)
    assert posts_of(other) == []
    assert spendable_micros(customer_id=alice.pk) == before
    assert Case.objects.open().filter(key=other.reference).exists()


def test_its_own_number_is_no_post(alice: User, provider: Upstream) -> None:
    parent = subscribed(alice)
    say(parent, "Active", parent.external_id or "")
    assert posts_of(parent) == []


def test_a_provider_that_does_not_answer_is_asked_again(alice: User, provider: Upstream) -> None:
    parent = subscribed(alice)
    provider.is_down = True
    say(parent, "Active", provider.make())
    assert posts_of(parent) == []
    provider.is_down = False
    subscriptions.follow_due(at=timezone.now() + posts.ASKED_AGAIN_AFTER * 2)
    assert len(posts_of(parent)) == 1


def test_a_silent_provider_is_asked_about_one_and_not_about_all(
    alice: User, provider: Upstream
) -> None:
    first, second = subscribed(alice), subscribed(alice)
    Order.objects.filter(pk=second.pk).update(provider=first.provider_id)
    provider.is_down = True
    Subscription.objects.update(
        reported={"status": "Active", "orders": [provider.make()]}, news_at=timezone.now()
    )
    subscriptions.follow_due(at=timezone.now())
    assert provider.calls == 1


def test_more_posts_than_fit_into_one_look_end_nothing(
    alice: User, provider: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "MOST_AT_ONCE", 2)
    parent = say(subscribed(alice, posts=5), "Completed", *(provider.make() for _ in range(5)))
    assert (parent.refunded_micros, plan_of(parent).state) == (0, State.ACTIVE)
    for _look in range(2):
        subscriptions.follow_due(at=timezone.now())
    assert (len(posts_of(parent)), plan_of(parent).state) == (5, State.COMPLETED)
    assert reread(parent).refunded_micros == 0


def test_a_newer_report_is_looked_at_before_an_end_is_believed(
    alice: User, provider: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, number = subscribed(alice, posts=1), provider.make()
    read_new = posts.read_new

    def read_while_another_report_comes(*, order_id: int) -> posts.Found:
        found = read_new(order_id=order_id)
        newer = {"status": "Completed", "posts": "", "orders": [number]}
        Subscription.objects.filter(order=order_id).update(reported=newer)
        return found

    monkeypatch.setattr(posts, "read_new", read_while_another_report_comes)
    say(parent, "Active")
    monkeypatch.setattr(posts, "read_new", read_new)
    assert (plan_of(parent).state, reread(parent).refunded_micros) == (State.ACTIVE, 0)
    subscriptions.follow_due(at=timezone.now())
    assert (plan_of(parent).state, len(posts_of(parent))) == (State.COMPLETED, 1)


def test_an_unknown_word_changes_nothing(alice: User, provider: Upstream) -> None:
    parent = say(subscribed(alice, posts=2), "Resting")
    assert (plan_of(parent).state, parent.refunded_micros) == (State.ACTIVE, 0)


def test_a_refused_subscription_is_over_with_everything_back(
    alice: User, provider: Upstream
) -> None:
    parent = subscribed(alice, posts=2)
    say(parent, "Canceled")
    assert reread(parent).refunded_micros == 2 * POST


def test_a_provider_that_goes_on_after_the_last_day_is_asked_to_stop(alice: User) -> None:
    parent = subscribed(alice, expiry="31/12/2030")
    plan = Subscription.objects.filter(order=parent)
    plan.update(expires_on=timezone.now().date() - timedelta(days=3))
    for _again in range(2):
        subscriptions.follow_due(at=timezone.now())
    assert FollowUp.objects.filter(order=parent, kind=FollowUp.Kind.CANCEL).count() == 1


def test_what_cannot_be_stopped_keeps_nothing_else_from_being_stopped(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed(alice, posts=3, chosen=following_posts(can_cancel=False))
    stoppable = subscribed(alice, posts=3)
    Subscription.objects.update(expires_on=timezone.now().date() - timedelta(days=3))
    monkeypatch.setattr(subscriptions, "PER_SWEEP", 1)
    subscriptions.ask_unwanted(at=timezone.now())
    assert FollowUp.objects.get().order_id == stoppable.pk


def test_a_post_of_a_provider_that_pauses_between_posts_is_paid_for(
    alice: User, provider: Upstream
) -> None:
    parent, first = subscribed(alice), provider.make()
    say(parent, "Active", first)
    say(parent, "Paused", first)
    say(parent, "Active", first, provider.make())
    assert [post.charge_micros for post in posts_of(parent)] == [POST, POST]


def test_a_post_after_the_last_day_is_free(alice: User, provider: Upstream) -> None:
    parent = subscribed(alice, expiry="31/12/2030")
    yesterday = timezone.now().date() - timedelta(days=1)
    Subscription.objects.filter(order=parent).update(expires_on=yesterday)
    within = provider.make()
    say(parent, "Active", within)
    Subscription.objects.filter(order=parent).update(expires_on=yesterday - timedelta(days=1))
    say(parent, "Active", within, provider.make())
    assert [post.charge_micros for post in posts_of(parent)] == [POST, 0]
