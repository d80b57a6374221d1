"""The desk of support: what waits longest is first, and nobody answers past a colleague (TCK-01,
TCK-03)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from tests import factories
from tests.tickets.rows import newest_message, open_one
from tickets import conversation
from tickets.models import Ticket

INBOX = reverse("staff_tickets:inbox")
HOUR = timedelta(hours=1)
MISSING = 2**62


def at(name: str, number: int) -> str:
    return reverse(f"staff_tickets:{name}", args=[number])


def shown(desk: Client, **query: str) -> list[Ticket]:
    return list(desk.get(INBOX, query).context["inbox"].page.tickets)


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


@pytest.fixture
def four(alice: User, bob: User, sam: User, kim: User, now: datetime) -> dict[str, Ticket]:
    """One ticket that sam answered, one of kim's, one that waits longer, one that is closed."""
    answered = open_one(alice, subject="answered", at=now - 9 * HOUR)
    conversation.reply(ticket_id=answered.pk, author=sam, text="Yes.", at=now)
    kims = open_one(alice, subject="kim's", at=now - 2 * HOUR)
    conversation.assign(ticket_id=kims.pk, assignee=kim, by=kim)
    waiting = open_one(bob, subject="waiting", at=now - 5 * HOUR)
    closed = open_one(bob, subject="closed", at=now - 7 * HOUR)
    conversation.close(ticket_id=closed.pk, by=bob, at=now)
    return {"answered": answered, "kims": kims, "waiting": waiting, "closed": closed}


def test_the_longest_wait_is_on_top_and_the_answered_come_last(
    desk: Client, four: dict[str, Ticket]
) -> None:
    assert shown(desk) == [four["waiting"], four["kims"], four["answered"]]


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("mine", ["answered"]),
        ("unassigned", ["waiting"]),
        ("closed", ["closed"]),
        ("nonsense", ["waiting", "kims", "answered"]),
    ],
)
def test_each_tab_shows_its_own(
    desk: Client, four: dict[str, Ticket], show: str, expected: list[str]
) -> None:
    assert shown(desk, show=show) == [four[name] for name in expected]


def test_tabs_count_what_they_hold_and_name_the_longest_wait(
    desk: Client, four: dict[str, Ticket], now: datetime
) -> None:
    queues = {queue.name: queue for queue in desk.get(INBOX).context["inbox"].queues}
    figures = {name: (queue.total, queue.waiting) for name, queue in queues.items()}
    assert figures == {"all": (3, 2), "mine": (1, 0), "unassigned": (1, 1)}
    assert queues["all"].oldest_at == now - 5 * HOUR


def test_staff_see_since_when_each_ticket_waits(
    desk: Client, four: dict[str, Ticket], now: datetime
) -> None:
    """In the list; one that was answered waits no more (TCK-03)."""
    since = [date_format(timezone.localtime(now - hours * HOUR), "c") for hours in (5, 2, 9)]
    page = desk.get(INBOX).content.decode()
    assert [f'datetime="{moment}"' in page for moment in since] == [True, True, False]


@pytest.mark.parametrize("form", ["{}", "#{}"])
def test_a_search_finds_the_number_of_a_ticket_even_a_closed_one(
    desk: Client, four: dict[str, Ticket], form: str
) -> None:
    assert shown(desk, q=form.format(four["closed"].pk)) == [four["closed"]]


def test_a_search_finds_the_tickets_of_an_order(desk: Client, alice: User) -> None:
    order = factories.order(alice)
    about = open_one(alice, topic="order", order=order)
    assert about in shown(desk, q=str(order.pk))


def test_a_search_finds_a_part_of_an_e_mail(desk: Client, four: dict[str, Ticket]) -> None:
    assert shown(desk, q="BOB@") == [four["closed"], four["waiting"]]


@pytest.mark.parametrize("words", ["%", "_", "'", "9" * 400, "nobody@nowhere", "\u202e", "٣"])
def test_a_search_for_nonsense_finds_nothing(
    desk: Client, four: dict[str, Ticket], words: str
) -> None:
    answer = desk.get(INBOX, {"q": words})
    assert answer.status_code == 200
    assert "Nothing found" in answer.content.decode()


@pytest.mark.parametrize("show", ["all", "mine", "unassigned", "closed"])
def test_an_empty_tab_says_why_and_where_to_go(desk: Client, show: str) -> None:
    page = desk.get(INBOX, {"show": show}).content.decode()
    assert 'class="empty"' in page
    assert 'class="btn main"' in page


def test_support_answers_with_what_was_on_the_screen(desk: Client, ticket: Ticket) -> None:
    address = at("ticket", ticket.pk)
    newest = desk.get(address).context["newest"]
    assert desk.post(address, {"text": "Like this.", "seen": newest})["Location"] == address
    ticket.refresh_from_db()
    assert ticket.state == Ticket.State.WAITING_FOR_CUSTOMER
    assert list(ticket.messages.values_list("text", flat=True))[-1] == "Like this."


def test_an_answer_past_a_colleague_is_refused_and_kept(
    desk: Client, ticket: Ticket, kim: User
) -> None:
    seen = newest_message(ticket)
    conversation.reply(ticket_id=ticket.pk, author=kim, text="Kim's", at=timezone.now())
    late = {"text": "My careful answer", "seen": seen}
    answer = desk.post(at("ticket", ticket.pk), late)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "My careful answer" in page
    assert "somebody wrote meanwhile" in page
    assert f'name="seen" value="{newest_message(ticket)}"' in page
    assert ticket.messages.count() == 2


@pytest.mark.parametrize("seen", [None, "", "x", "-1", "٣", "9" * 30])
def test_an_answer_that_does_not_say_what_was_seen_is_refused(
    desk: Client, ticket: Ticket, seen: str | None
) -> None:
    data = {"text": "An answer"} | ({} if seen is None else {"seen": seen})
    assert desk.post(at("ticket", ticket.pk), data).status_code == 422
    assert ticket.messages.count() == 1


def test_support_takes_a_ticket_and_gives_it_back(desk: Client, ticket: Ticket, sam: User) -> None:
    desk.post(at("assign", ticket.pk), {"to": "me"})
    ticket.refresh_from_db()
    assert ticket.assignee == sam
    desk.post(at("assign", ticket.pk), {"to": "nobody"})
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_support_closes_what_it_has_read(desk: Client, ticket: Ticket, alice: User) -> None:
    seen = newest_message(ticket)
    conversation.reply(ticket_id=ticket.pk, author=alice, text="Wait!", at=timezone.now())
    answer = desk.post(at("close", ticket.pk), {"seen": seen}, follow=True)
    assert "Not closed: there is a newer message" in answer.content.decode()
    desk.post(at("close", ticket.pk), {"seen": newest_message(ticket)})
    ticket.refresh_from_db()
    assert ticket.is_closed


def test_staff_leave_their_own_ticket_to_a_colleague(desk: Client, sam: User) -> None:
    own = open_one(sam)
    page = desk.post(at("assign", own.pk), {"to": "me"}, follow=True).content.decode()
    assert "a colleague looks after it" in page
    own.refresh_from_db()
    assert own.assignee is None


def test_the_order_stands_beside_the_ticket(desk: Client, alice: User) -> None:
    order = factories.order(alice, quantity=500)
    page = desk.get(at("ticket", open_one(alice, topic="order", order=order).pk))
    text = page.content.decode()
    for fact in (order.link, order.snapshot["name"], "500", "$0.50", "Placed"):
        assert fact in text


def test_the_balance_is_for_those_who_may_see_accounts(
    desk: Client, ticket: Ticket, alice: User, sam: User
) -> None:
    factories.fund(alice, 12_345_678)
    assert "$12.345678" not in desk.get(at("ticket", ticket.pk)).content.decode()
    sam.user_permissions.add(Permission.objects.get(codename="view_account"))
    assert "$12.345678" in desk.get(at("ticket", ticket.pk)).content.decode()


@pytest.mark.parametrize("who", ["alice", "olga"])
@pytest.mark.parametrize("name", ["inbox", "ticket", "assign", "close"])
def test_the_desk_is_closed_to_customers_and_operators(
    client: Client, ticket: Ticket, who: str, name: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    url = INBOX if name == "inbox" else at(name, ticket.pk)
    answer = client.post(url, {"to": "me"}) if name in ("assign", "close") else client.get(url)
    assert answer.status_code == 403
    assert ticket.subject not in answer.content.decode()


@pytest.mark.parametrize("name", ["inbox", "ticket"])
def test_anonymous_people_go_to_the_log_in_page(client: Client, ticket: Ticket, name: str) -> None:
    url = INBOX if name == "inbox" else at(name, ticket.pk)
    assert client.get(url)["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["assign", "close"])
def test_acts_need_a_post(desk: Client, ticket: Ticket, name: str) -> None:
    assert desk.get(at(name, ticket.pk)).status_code == 405


@pytest.mark.parametrize("name", ["ticket", "assign", "close"])
def test_a_missing_number_is_not_found(desk: Client, name: str) -> None:
    assert desk.post(at(name, MISSING)).status_code == 404


def test_the_inbox_costs_the_same_whatever_its_length(desk: Client, alice: User) -> None:
    desk.get(INBOX)
    counts = []
    for subject in ("one", "two", "three"):
        open_one(alice, subject=subject)
        with CaptureQueriesContext(connection) as queries:
            desk.get(INBOX)
        counts.append(len(queries))
    assert len(set(counts)) == 1
