"""Canceling by a ticket of a fixed type, answered at once (SUB-03)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from accounts.models import OutboundMail, User
from orders.models import FollowUp, Order, Repeat
from tests.orders.plans.planning import accept, drip_feed, dripping, reread, runs_of, sweep
from tests.orders.plans.subscribing import subscribed
from tests.orders.plans.test_repeats import finished, repeated
from tickets.models import Ticket
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db

NEW = reverse("tickets:ticket_new")


@pytest.fixture
def as_alice(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def send(client: Client, plan: str, **fields: str) -> int:
    asked = {"topic": "plan", "plan": plan, "subject": "Cancel it", "text": "No more, please."}
    return client.post(NEW, asked | fields).status_code


def answers(ticket: Ticket) -> list[str]:
    return list(ticket.messages.filter(author=None).values_list("text", flat=True))


def test_a_monthly_order_is_canceled_and_the_answer_names_its_end(
    as_alice: Client, alice: User
) -> None:
    repeat = repeated(finished(alice))
    before = spendable_micros(customer_id=alice.pk)
    assert send(as_alice, f"repeat:{repeat.pk}") == 302
    repeat.refresh_from_db()
    assert (repeat.state, repeat.next_on) == (Repeat.State.ENDING, None)
    ticket = Ticket.objects.get()
    (said,) = answers(ticket)
    assert repeat.paid_until is not None
    assert date_format(repeat.paid_until, "DATE_FORMAT") in said
    assert (ticket.topic, ticket.state) == ("plan", Ticket.State.WAITING_FOR_CUSTOMER)
    assert spendable_micros(customer_id=alice.pk) == before
    assert OutboundMail.objects.filter(key__startswith="ticket-message:").count() == 1


def test_pressing_twice_is_one_ticket_with_one_answer(as_alice: Client, alice: User) -> None:
    repeat = repeated(finished(alice))
    for _press in range(2):
        assert send(as_alice, f"repeat:{repeat.pk}") == 302
    assert len(answers(Ticket.objects.get())) == 1


def test_a_drip_feed_is_stopped_and_the_answer_says_what_is_back(
    as_alice: Client, alice: User
) -> None:
    parent = drip_feed(alice, quantity=1000, runs=5)
    sweep()
    accept(runs_of(parent)[0])
    assert send(as_alice, f"order:{parent.pk}") == 302
    assert "$4.00 is back" in answers(Ticket.objects.get())[0]
    assert reread(parent).refunded_micros == 4_000_000


def test_a_subscription_is_asked_to_stop(as_alice: Client, alice: User) -> None:
    parent = subscribed(alice, posts=3)
    assert send(as_alice, f"order:{parent.pk}") == 302
    asked = FollowUp.objects.get(order=parent)
    assert (asked.kind, asked.asked_by_id) == (FollowUp.Kind.CANCEL, alice.pk)
    assert "Posts that come until then still count" in answers(Ticket.objects.get())[0]


def test_one_without_a_limit_is_not_charged_for_what_comes_after_the_ticket(
    as_alice: Client, alice: User
) -> None:
    parent = subscribed(alice)
    assert send(as_alice, f"order:{parent.pk}") == 302
    assert "what still comes until then costs nothing" in answers(Ticket.objects.get())[0]


def test_what_only_a_person_can_do_waits_for_support(as_alice: Client, alice: User) -> None:
    parent = drip_feed(alice, runs=2, interval=1, service=dripping())
    sweep()
    Order.objects.filter(pk=parent.pk).update(status="in_progress")
    parent.drip_feed.next_run_at = None
    parent.drip_feed.save()
    assert send(as_alice, f"order:{parent.pk}") == 302
    ticket = Ticket.objects.get()
    assert ticket.state == Ticket.State.WAITING_FOR_STAFF
    assert "Support looks at it" in answers(ticket)[0]


@pytest.mark.parametrize("plan", ["", "repeat:999999", "order:1", "x", "repeat:", "order:x"])
def test_only_ones_own_plans_can_be_chosen(as_alice: Client, alice: User, plan: str) -> None:
    repeated(finished(alice))
    assert send(as_alice, plan) == 422
    assert not Ticket.objects.exists()


def test_a_strangers_plan_cannot_be_chosen(client: Client, alice: User, bob: User) -> None:
    repeat = repeated(finished(alice))
    repeated(finished(bob))
    client.force_login(bob)
    assert send(client, f"repeat:{repeat.pk}") == 422
    repeat.refresh_from_db()
    assert repeat.state == Repeat.State.ACTIVE


def test_the_type_is_offered_to_those_who_have_something_to_cancel(
    as_alice: Client, alice: User
) -> None:
    assert 'value="plan"' not in as_alice.get(NEW).content.decode()
    repeated(finished(alice))
    page = as_alice.get(NEW).content.decode()
    assert 'value="plan"' in page
    assert "What do you want to cancel?" in page


def test_another_topic_cancels_nothing(as_alice: Client, alice: User) -> None:
    repeat = repeated(finished(alice))
    assert send(as_alice, f"repeat:{repeat.pk}", topic="other") == 302
    repeat.refresh_from_db()
    assert repeat.state == Repeat.State.ACTIVE


def test_the_answer_is_not_said_to_come_from_a_person(
    as_alice: Client, alice: User, client: Client, sam: User
) -> None:
    repeat = repeated(finished(alice))
    send(as_alice, f"repeat:{repeat.pk}")
    ticket = Ticket.objects.get()
    assert "Automatic answer" in as_alice.get(ticket.get_absolute_url()).content.decode()
    client.force_login(sam)
    shown = client.get(reverse("staff_tickets:ticket", args=[ticket.pk]))
    assert "Automatic answer" in shown.content.decode()
