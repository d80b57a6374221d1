from datetime import datetime

import pytest
from django.conf import settings

from accounts.models import OutboundMail, User
from tests.tickets.rows import open_one
from tickets import conversation, notices
from tickets.models import Message, Ticket


@pytest.fixture
def answer(ticket: Ticket, sam: User, now: datetime) -> Message:
    return conversation.reply(
        ticket_id=ticket.pk, author=sam, text="Like <b>this</b> & that.", at=now
    )


def test_an_answer_reaches_the_customer_with_a_link_back(ticket: Ticket, answer: Message) -> None:
    mail = OutboundMail.objects.get()
    assert mail.recipient == ticket.customer.email
    assert mail.subject == f"Support has answered your ticket {ticket.pk}"
    assert "Like <b>this</b> & that." in mail.body
    assert f"{settings.SITE_URL}/tickets/{ticket.pk}/" in mail.body


def test_the_mail_names_nobody_of_the_staff(answer: Message, sam: User) -> None:
    mail = OutboundMail.objects.get()
    assert "sam" not in (mail.subject + mail.body).lower()


def test_one_answer_is_one_mail_however_often_it_is_told(answer: Message) -> None:
    notices.tell_customer(answer)
    assert OutboundMail.objects.count() == 1


def test_a_customers_own_words_are_not_mailed_back(
    ticket: Ticket, alice: User, now: datetime
) -> None:
    conversation.reply(ticket_id=ticket.pk, author=alice, text="Hello?", at=now)
    assert not OutboundMail.objects.exists()


def test_an_answer_that_is_refused_sends_no_mail(ticket: Ticket, sam: User, now: datetime) -> None:
    with pytest.raises(conversation.WrittenMeanwhile):
        conversation.reply(ticket_id=ticket.pk, author=sam, text="Late", at=now, seen=0)
    assert not OutboundMail.objects.exists()


def test_the_mails_subject_stays_one_line_of_ours(alice: User, sam: User, now: datetime) -> None:
    ticket = open_one(alice, subject="A\u2028Bcc: x@example.com", at=now)
    conversation.reply(ticket_id=ticket.pk, author=sam, text="Yes.", at=now)
    assert OutboundMail.objects.get().subject == f"Support has answered your ticket {ticket.pk}"
