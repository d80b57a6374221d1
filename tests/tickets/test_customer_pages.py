"""Tickets as customers see them: the owner works, a stranger learns nothing (ORD-16, TCK-01,
TCK-02)."""

from __future__ import annotations

import re
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from legal.durations import Duration
from tests import factories
from tests.orders.placing.asking import under
from tests.tickets.rows import open_one
from tickets import conversation, pages
from tickets.models import Ticket

LIST, NEW = reverse("tickets:ticket_list"), reverse("tickets:ticket_new")
MISSING = 2**62
GOOD = {"topic": "other", "subject": "Two invoices", "text": "Can I have both as one?"}


def at(name: str, number: int) -> str:
    return reverse(f"tickets:{name}", args=[number])


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def foreign(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def test_an_empty_list_says_what_a_ticket_is_and_offers_one(own: Client) -> None:
    page = own.get(LIST).content.decode()
    assert "A ticket is a conversation with support" in page
    assert f'href="{NEW}"' in page


def test_the_list_shows_open_and_closed_tickets_with_their_counts(own: Client, alice: User) -> None:
    for subject in ("First", "Second", "Third"):
        open_one(alice, subject=subject)
    closed = Ticket.objects.get(subject="Second")
    conversation.close(ticket_id=closed.pk, by=alice, at=timezone.now())
    opened, shut = own.get(LIST), own.get(LIST, {"state": "closed"})
    assert opened.context["counts"] == {"open": 2, "closed": 1}
    assert [row.subject for row in opened.context["page"].tickets] == ["Third", "First"]
    assert [row.subject for row in shut.context["page"].tickets] == ["Second"]


def test_a_list_holds_nobody_elses_tickets(foreign: Client, ticket: Ticket) -> None:
    page = foreign.get(LIST)
    assert ticket.subject not in page.content.decode()
    assert page.context["counts"] == {"open": 0, "closed": 0}


def test_older_tickets_are_reached_page_by_page_and_none_is_missed(
    own: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    numbers = [open_one(alice, subject=f"Number {n}").pk for n in range(5)]
    seen, below = [], ""
    for _page in range(3):
        page = own.get(LIST, {"below": below}).context["page"]
        seen += [ticket.pk for ticket in page.tickets]
        below = page.below
    assert seen == numbers[::-1]
    assert below is None


@pytest.mark.parametrize("below", ["", "x", "-1", "1e3", "٣", "9" * 400, "0"])
def test_a_page_that_does_not_exist_is_no_error(own: Client, ticket: Ticket, below: str) -> None:
    assert own.get(LIST, {"below": below}).status_code == 200


def test_a_customer_opens_a_ticket(own: Client, alice: User) -> None:
    answer = own.post(NEW, GOOD)
    ticket = Ticket.objects.get()
    assert answer["Location"] == at("ticket_detail", ticket.pk)
    assert (ticket.customer, ticket.topic, ticket.subject) == (alice, "other", "Two invoices")
    assert ticket.messages.get().text == GOOD["text"]


def test_a_ticket_from_an_order_knows_topic_subject_and_order(own: Client, alice: User) -> None:
    order = factories.order(alice)
    form = own.get(NEW, {"order": order.pk}).context["form"]
    values = [form[name].value() for name in ("topic", "order", "subject")]
    assert values == ["order", str(order.pk), f"Order {order.pk}"]
    own.post(NEW, GOOD | {"topic": "order", "order": order.pk})
    assert Ticket.objects.get().order == order


def test_an_old_order_can_be_chosen_from_its_own_page(
    own: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.forms.RECENT_ORDERS", 1)
    old, _new = factories.order(alice), factories.order(alice)
    assert own.get(NEW, {"order": old.pk}).context["form"]["order"].value() == str(old.pk)
    own.post(NEW, GOOD | {"topic": "order", "order": old.pk})
    assert Ticket.objects.get().order == old


def test_a_foreign_order_is_refused_like_one_that_does_not_exist(
    foreign: Client, alice: User
) -> None:
    order = factories.order(alice)
    answers = [foreign.post(NEW, GOOD | {"order": number}) for number in (order.pk, order.pk + 999)]
    assert [answer.status_code for answer in answers] == [422, 422]
    errors = [answer.context["form"].errors for answer in answers]
    assert errors[0] == errors[1] == {"order": ["Choose one of your own orders."]}
    assert not Ticket.objects.exists()


def test_a_foreign_order_in_the_address_prefills_nothing(foreign: Client, alice: User) -> None:
    order = factories.order(alice)
    page = foreign.get(NEW, {"order": order.pk})
    assert page.context["form"].orders == {}
    assert f"Order {order.pk}" not in page.content.decode()


@pytest.mark.parametrize("missing", ["topic", "subject", "text"])
def test_a_ticket_asks_for_topic_subject_and_words(own: Client, missing: str) -> None:
    answer = own.post(NEW, {name: said for name, said in GOOD.items() if name != missing})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {missing})
    assert not Ticket.objects.exists()


def test_the_form_says_how_soon_the_terms_promise_an_answer(own: Client) -> None:
    """TCK-03."""
    assert "Support answers within 24 hours on working days." in own.get(NEW).content.decode()
    under(support_sla=Duration(12, "hours"))
    assert "Support answers within 12 hours." in own.get(NEW).content.decode()


def test_a_ticket_about_an_order_needs_the_order(own: Client, alice: User) -> None:
    factories.order(alice)
    answer = own.post(NEW, GOOD | {"topic": "order"})
    assert answer.context["form"].errors == {"order": ["Choose the order this is about."]}


def test_a_mistake_keeps_what_was_typed(own: Client) -> None:
    answer = own.post(NEW, GOOD | {"subject": "", "text": "A long story"})
    assert answer.status_code == 422
    assert "A long story" in answer.content.decode()
    assert answer.context["form"]["topic"].value() == "other"


@pytest.mark.parametrize(
    "field", ["state", "assignee", "customer", "waiting_since", "is_from_staff"]
)
def test_fields_that_the_form_does_not_ask_for_are_ignored(
    own: Client, alice: User, bob: User, field: str
) -> None:
    own.post(NEW, GOOD | {field: str(bob.pk)})
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.assignee) == (alice, None)
    assert ticket.state == Ticket.State.WAITING_FOR_STAFF


@pytest.mark.parametrize(
    ("topic", "hint"),
    [("payment", "card numbers"), ("api", "API key"), ("nonsense", "The more exactly")],
)
def test_the_hint_follows_the_topic(own: Client, topic: str, hint: str) -> None:
    assert hint in own.get(NEW, {"topic": topic}).context["form"].fields["text"].help_text


def test_the_page_of_a_ticket_says_what_happens_next(
    own: Client, ticket: Ticket, alice: User, sam: User
) -> None:
    def page() -> str:
        return own.get(ticket.get_absolute_url()).content.decode()

    assert "Support answers within" in page()
    conversation.reply(ticket_id=ticket.pk, author=sam, text="Like this.", at=timezone.now())
    assert "Support has answered" in page()
    conversation.close(ticket_id=ticket.pk, by=alice, at=timezone.now())
    assert "that opens it again" in page()
    assert re.search(r"\s\.\s", re.sub(r"<[^>]+>", "", page())) is None


def test_customers_see_support_and_no_name(own: Client, ticket: Ticket, sam: User) -> None:
    conversation.reply(ticket_id=ticket.pk, author=sam, text="Like this.", at=timezone.now())
    page = own.get(ticket.get_absolute_url()).content.decode()
    assert "Like this." in page
    assert sam.email not in page


def test_a_customer_replies_closes_and_opens_again(own: Client, ticket: Ticket) -> None:
    address = ticket.get_absolute_url()
    states = []
    for url, data in (
        (address, {"text": "One more thing"}),
        (at("ticket_close", ticket.pk), {}),
        (address, {"text": "And another"}),
    ):
        assert own.post(url, data)["Location"] == address
        ticket.refresh_from_db()
        states.append(ticket.state)
    assert states == ["waiting_for_staff", "closed", "waiting_for_staff"]
    assert ticket.messages.count() == 3


def test_an_empty_reply_is_refused_beside_its_field(own: Client, ticket: Ticket) -> None:
    answer = own.post(ticket.get_absolute_url(), {"text": " \n "})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"text": ["Write a few words."]}


def test_too_many_messages_are_refused_with_a_time_and_the_words_kept(
    own: Client, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "HOURLY_MESSAGES", 1)
    answers = [own.post(ticket.get_absolute_url(), {"text": "Typed words"}), own.post(NEW, GOOD)]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert "Typed words" in answers[0].content.decode()
    assert "The next can go at" in answers[1].content.decode()
    assert ticket.messages.count() == 1


def test_an_open_page_gets_only_news(own: Client, ticket: Ticket, sam: User) -> None:
    version = own.get(ticket.get_absolute_url()).context["version"]
    poll = partial(
        own.get, ticket.get_absolute_url(), {"shown": version}, headers={"HX-Request": "true"}
    )
    assert poll().status_code == 204
    conversation.reply(ticket_id=ticket.pk, author=sam, text="Like this.", at=timezone.now())
    news = poll().content.decode()
    assert "Like this." in news
    assert "<html" not in news


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("name", ["ticket_detail", "ticket_close"])
def test_a_stranger_gets_what_a_missing_number_gives(
    foreign: Client, ticket: Ticket, name: str, method: str
) -> None:
    send = getattr(foreign, method)
    theirs, missing = send(at(name, ticket.pk)), send(at(name, MISSING))
    assert (theirs.status_code, theirs.content) == (missing.status_code, missing.content)
    assert theirs.status_code in (404, 405)
    assert ticket.subject.encode() not in theirs.content
    ticket.refresh_from_db()
    assert not ticket.is_closed


@pytest.mark.parametrize("name", ["ticket_list", "ticket_new", "ticket_detail", "ticket_close"])
def test_anonymous_people_go_to_the_log_in_page(client: Client, ticket: Ticket, name: str) -> None:
    needs_number = name in ("ticket_detail", "ticket_close")
    url = at(name, ticket.pk) if needs_number else reverse(f"tickets:{name}")
    answer = client.post(url) if name == "ticket_close" else client.get(url)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_closing_needs_a_post(own: Client, ticket: Ticket) -> None:
    assert own.get(at("ticket_close", ticket.pk)).status_code == 405
    ticket.refresh_from_db()
    assert not ticket.is_closed


def test_a_number_beyond_every_database_is_not_found(own: Client) -> None:
    assert own.get(f"/tickets/{'9' * 40}/").status_code == 404


def test_the_list_costs_the_same_whatever_its_length(own: Client, alice: User) -> None:
    own.get(LIST)
    counts = []
    for subject in ("one", "two", "three"):
        open_one(alice, subject=subject)
        with CaptureQueriesContext(connection) as queries:
            own.get(LIST)
        counts.append(len(queries))
    assert len(set(counts)) == 1
