"""Many people write to one ticket at once: state and thread stay what one after another gives.

Each race has a twin without the row's lock, which shows that the race is real.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event

import pytest
from django.utils import timezone

from accounts.models import User
from tests.databases import TestDatabase
from tests.races import LIMIT_SECONDS, Gate, all_at_once
from tests.tickets.rows import newest_message, open_one
from tickets import conversation
from tickets.models import Message, Ticket

Act = Callable[[], object]


def refused(*acts: Act) -> list[type[Exception]]:
    """Does all of it at once, and returns how what was refused was refused."""
    raised: list[type[Exception]] = []

    def run(act: Act) -> None:
        try:
            act()
        except (conversation.WrittenMeanwhile, conversation.TooManyMessages) as error:
            raised.append(type(error))

    all_at_once(*[partial(run, act) for act in acts])
    return raised


def saying(ticket: Ticket, author: User, text: str, *, seen: int | None = None) -> Act:
    def act() -> Message:
        return conversation.reply(
            ticket_id=ticket.pk, author=author, text=text, at=timezone.now(), seen=seen
        )

    return act


def closing(ticket: Ticket, by: User) -> Act:
    return lambda: conversation.close(ticket_id=ticket.pk, by=by, at=timezone.now())


def opening(customer: User, number: int) -> Act:
    return lambda: open_one(customer, subject=f"Ticket {number}")


def fits_its_thread(ticket: Ticket) -> bool:
    ticket.refresh_from_db()
    if ticket.is_closed:
        return True
    if ticket.messages.order_by("-pk")[0].is_from_staff:
        return ticket.state == Ticket.State.WAITING_FOR_CUSTOMER
    questions = ticket.messages.filter(is_from_staff=False).values_list("created_at", flat=True)
    return ticket.state == Ticket.State.WAITING_FOR_STAFF and ticket.waiting_since in questions


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "_held", lambda pk: Ticket.objects.get(pk=pk))
    monkeypatch.setattr(conversation, "_hold_customer", lambda pk: None)


def test_twenty_writers_and_closers_leave_a_state_that_fits_the_thread(
    fresh_db: TestDatabase, ticket: Ticket, alice: User, sam: User
) -> None:
    acts = [saying(ticket, alice, f"Question {number}") for number in range(8)]
    acts += [saying(ticket, sam, f"Answer {number}") for number in range(8)]
    acts += [closing(ticket, by) for by in (alice, sam, alice, sam)]
    assert refused(*acts) == []
    assert ticket.messages.count() == 17
    assert fits_its_thread(ticket)


def test_without_the_lock_a_question_is_lost_behind_an_answer(
    fresh_db: TestDatabase,
    no_locks: None,
    ticket: Ticket,
    sam: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_answering, has_asked = Event(), Event()
    follow_staff = Ticket.follow_staff

    def slowly(answered: Ticket) -> None:
        is_answering.set()
        has_asked.wait(LIMIT_SECONDS)
        follow_staff(answered)

    def ask() -> None:
        is_answering.wait(LIMIT_SECONDS)
        saying(ticket, ticket.customer, "And then?")()
        has_asked.set()

    conversation.assign(ticket_id=ticket.pk, assignee=sam, by=sam)
    monkeypatch.setattr(Ticket, "follow_staff", slowly)
    all_at_once(saying(ticket, sam, "So."), ask)
    assert not fits_its_thread(ticket)


def test_of_twenty_answers_to_one_question_one_is_sent(
    fresh_db: TestDatabase, ticket: Ticket, sam: User, kim: User
) -> None:
    seen = newest_message(ticket)
    authors = [sam, kim] * 10
    acts = [saying(ticket, who, f"Answer {n}", seen=seen) for n, who in enumerate(authors)]
    assert refused(*acts) == [conversation.WrittenMeanwhile] * 19
    assert ticket.messages.count() == 2


def test_without_the_lock_colleagues_answer_the_same_question_twice(
    fresh_db: TestDatabase,
    no_locks: None,
    ticket: Ticket,
    sam: User,
    kim: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = newest_message(ticket)
    acts = [saying(ticket, who, f"{who} answers", seen=seen) for who in (sam, kim)]
    monkeypatch.setattr(conversation, "_check_seen", Gate(2).after(conversation._check_seen))
    assert refused(*acts) == []
    assert ticket.messages.count() == 3


def test_an_hours_allowance_is_exact_when_all_of_it_is_used_at_once(
    fresh_db: TestDatabase, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "HOURLY_MESSAGES", 5)
    acts = [opening(alice, number) for number in range(20)]
    assert refused(*acts) == [conversation.TooManyMessages] * 15
    assert Ticket.objects.count() == 5


def test_without_the_lock_the_allowance_is_overdrawn(
    fresh_db: TestDatabase, no_locks: None, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "HOURLY_MESSAGES", 1)
    check = Gate(2).after(conversation._check_allowance)
    monkeypatch.setattr(conversation, "_check_allowance", check)
    assert refused(opening(alice, 1), opening(alice, 2)) == []
    assert Ticket.objects.count() == 2
