"""Who may write to a ticket, and whom it waits for then (TCK-03)."""

from datetime import datetime, timedelta

import pytest

from accounts.models import ActLog, User
from tests import factories
from tests.tickets.rows import newest_message, open_one
from tickets import conversation
from tickets.models import Message, Ticket

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
STATE = Ticket.State


def write(ticket: Ticket, author: User, at: datetime, text: str = "Something new") -> Message:
    return conversation.reply(ticket_id=ticket.pk, author=author, text=text, at=at)


def acts() -> list[tuple[str, str]]:
    return list(ActLog.objects.order_by("pk").values_list("actor__email", "act"))


def test_a_new_ticket_waits_for_staff_since_it_was_opened(ticket: Ticket, now: datetime) -> None:
    assert (ticket.state, ticket.waiting_since) == (STATE.WAITING_FOR_STAFF, now)
    message = ticket.messages.get()
    assert (message.text, message.is_from_staff) == ("How does it work?", False)


def test_an_answer_stops_the_clock_and_gives_the_ticket_to_who_answered(
    ticket: Ticket, sam: User, now: datetime
) -> None:
    assert write(ticket, sam, now + HOUR).is_from_staff
    ticket.refresh_from_db()
    assert (ticket.state, ticket.waiting_since) == (STATE.WAITING_FOR_CUSTOMER, None)
    assert ticket.assignee == sam


def test_an_answer_leaves_the_ticket_with_the_colleague_who_has_it(
    ticket: Ticket, sam: User, kim: User, now: datetime
) -> None:
    conversation.assign(ticket_id=ticket.pk, assignee=kim, by=sam)
    write(ticket, sam, now)
    ticket.refresh_from_db()
    assert ticket.assignee == kim


def test_writing_again_does_not_move_a_customer_to_the_end_of_the_queue(
    ticket: Ticket, alice: User, now: datetime
) -> None:
    write(ticket, alice, now + HOUR)
    ticket.refresh_from_db()
    assert ticket.waiting_since == now


def test_after_an_answer_the_clock_starts_with_the_customers_next_message(
    ticket: Ticket, alice: User, sam: User, now: datetime
) -> None:
    write(ticket, sam, now + HOUR)
    write(ticket, alice, now + 2 * HOUR)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.waiting_since) == (STATE.WAITING_FOR_STAFF, now + 2 * HOUR)


@pytest.mark.parametrize("closer", ["alice", "sam"])
def test_the_customer_and_staff_may_close_a_ticket(
    ticket: Ticket, alice: User, sam: User, closer: str, now: datetime
) -> None:
    by = {"alice": alice, "sam": sam}[closer]
    conversation.close(ticket_id=ticket.pk, by=by, at=now + HOUR)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closed_at, ticket.waiting_since) == (
        STATE.CLOSED,
        now + HOUR,
        None,
    )


def test_closing_a_closed_ticket_changes_nothing(
    ticket: Ticket, alice: User, sam: User, now: datetime
) -> None:
    conversation.close(ticket_id=ticket.pk, by=alice, at=now)
    conversation.close(ticket_id=ticket.pk, by=sam, at=now + HOUR)
    ticket.refresh_from_db()
    assert ticket.closed_at == now
    assert acts() == []


@pytest.mark.parametrize(
    ("writer", "state"),
    [("alice", STATE.WAITING_FOR_STAFF), ("sam", STATE.WAITING_FOR_CUSTOMER)],
)
def test_writing_opens_a_closed_ticket_again(
    ticket: Ticket, writer: str, state: str, now: datetime, request: pytest.FixtureRequest
) -> None:
    conversation.close(ticket_id=ticket.pk, by=ticket.customer, at=now)
    write(ticket, request.getfixturevalue(writer), now + HOUR)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closed_at) == (state, None)


@pytest.mark.parametrize("stranger", ["bob", "olga"])
def test_neither_a_stranger_nor_staff_of_another_desk_may_act(
    ticket: Ticket, stranger: str, now: datetime, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(stranger)
    with pytest.raises(conversation.NotAnAgent):
        write(ticket, person, now)
    with pytest.raises(conversation.NotAnAgent):
        conversation.close(ticket_id=ticket.pk, by=person, at=now)
    with pytest.raises(conversation.NotAnAgent):
        conversation.assign(ticket_id=ticket.pk, assignee=person, by=person)
    assert ticket.messages.count() == 1


def test_a_ticket_is_never_assigned_to_somebody_who_cannot_answer_it(
    ticket: Ticket, sam: User, olga: User, alice: User
) -> None:
    for assignee in (olga, alice):
        with pytest.raises(conversation.NotAnAgent):
            conversation.assign(ticket_id=ticket.pk, assignee=assignee, by=sam)


def test_staff_do_not_look_after_their_own_tickets(sam: User, now: datetime) -> None:
    own = open_one(sam, at=now)
    assert not write(own, sam, now + MINUTE).is_from_staff
    with pytest.raises(conversation.NotAnAgent):
        conversation.assign(ticket_id=own.pk, assignee=sam, by=sam)


def test_what_staff_do_is_logged_once_each(
    ticket: Ticket, alice: User, sam: User, now: datetime
) -> None:
    conversation.assign(ticket_id=ticket.pk, assignee=sam, by=sam)
    conversation.assign(ticket_id=ticket.pk, assignee=sam, by=sam)
    write(ticket, sam, now)
    write(ticket, alice, now)
    conversation.close(ticket_id=ticket.pk, by=sam, at=now)
    assert acts() == [(sam.email, f"{verb} ticket") for verb in ("assign", "answer", "close")]
    assert set(ActLog.objects.values_list("target", flat=True)) == {f"ticket:{ticket.pk}"}


def test_a_ticket_may_be_about_an_own_order_only(alice: User, bob: User, now: datetime) -> None:
    own = factories.order(alice)
    assert open_one(alice, topic=Ticket.Topic.ORDER, order=own, at=now).order == own
    with pytest.raises(conversation.ForeignOrder):
        open_one(bob, topic=Ticket.Topic.ORDER, order=own, at=now)


def test_nobody_answers_past_a_message_that_he_has_not_seen(
    ticket: Ticket, alice: User, sam: User, now: datetime
) -> None:
    seen = newest_message(ticket)
    write(ticket, alice, now + HOUR)
    with pytest.raises(conversation.WrittenMeanwhile):
        conversation.reply(ticket_id=ticket.pk, author=sam, text="Late", at=now, seen=seen)
    with pytest.raises(conversation.WrittenMeanwhile):
        conversation.close(ticket_id=ticket.pk, by=sam, at=now, seen=seen)
    seen = newest_message(ticket)
    conversation.reply(ticket_id=ticket.pk, author=sam, text="In time", at=now, seen=seen)


def test_a_form_sent_twice_is_one_message(ticket: Ticket, alice: User, now: datetime) -> None:
    first = write(ticket, alice, now, "Any news?")
    assert write(ticket, alice, now + MINUTE / 2, "Any news?") == first
    assert write(ticket, alice, now + HOUR, "Any news?") != first


def test_a_ticket_sent_twice_is_one_ticket(ticket: Ticket, alice: User, now: datetime) -> None:
    assert open_one(alice, at=now + MINUTE / 2) == ticket
    assert open_one(alice, at=now + HOUR) != ticket


def test_an_hours_messages_are_limited_over_all_tickets(
    ticket: Ticket, alice: User, sam: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "HOURLY_MESSAGES", 3)
    second = open_one(alice, subject="Another", at=now + MINUTE)
    write(second, alice, now + 2 * MINUTE)
    with pytest.raises(conversation.TooManyMessages) as refusal:
        write(ticket, alice, now + 3 * MINUTE)
    assert refusal.value.free_at == now + HOUR
    with pytest.raises(conversation.TooManyMessages):
        open_one(alice, subject="A third", at=now + 3 * MINUTE)
    write(ticket, sam, now + 3 * MINUTE)
    write(ticket, alice, now + HOUR)


def test_the_same_word_after_a_question_is_a_second_answer(
    ticket: Ticket, alice: User, sam: User, now: datetime
) -> None:
    moment = timedelta(seconds=1)
    write(ticket, alice, now + moment, "yes")
    write(ticket, alice, now + 2 * moment, "yes")  # pressed twice
    write(ticket, sam, now + 3 * moment, "Really?")
    write(ticket, alice, now + 4 * moment, "yes")
    conversation.close(ticket_id=ticket.pk, by=alice, at=now + 5 * moment)
    write(ticket, alice, now + 6 * moment, "yes")
    ticket.refresh_from_db()
    assert [message.text for message in ticket.messages.all()][1:] == [
        "yes",
        "Really?",
        "yes",
        "yes",
    ]
    assert ticket.state == STATE.WAITING_FOR_STAFF
