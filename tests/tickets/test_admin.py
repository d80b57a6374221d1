"""The admin looks tickets up; whatever happens to them happens at the desk."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tickets.models import Ticket

LIST = reverse("admin:tickets_ticket_changelist")


def change(ticket: Ticket) -> str:
    return reverse("admin:tickets_ticket_change", args=[ticket.pk])


@pytest.fixture
def root(client: Client, terms: None) -> Client:
    client.force_login(User.objects.create_superuser("root@example.com", "x"))
    return client


@pytest.mark.parametrize("who", ["sam", "olga"])
def test_staff_read_a_ticket_with_its_messages(
    client: Client, ticket: Ticket, who: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    page = client.get(change(ticket)).content.decode()
    assert "How does it work?" in page
    assert ticket.subject in client.get(LIST).content.decode()
    assert "<textarea" not in page


def test_not_even_a_superuser_writes_here(root: Client, ticket: Ticket) -> None:
    answers = [
        root.post(change(ticket), {"subject": "Rewritten"}),
        root.get(reverse("admin:tickets_ticket_add")),
        root.post(reverse("admin:tickets_ticket_delete", args=[ticket.pk]), {"post": "yes"}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    ticket.refresh_from_db()
    assert ticket.subject == "A question"


@pytest.mark.parametrize(("words", "found"), [("alice", 1), ("nobody", 0), ("9" * 40, 0)])
def test_a_search_by_e_mail_or_number(root: Client, ticket: Ticket, words: str, found: int) -> None:
    assert root.get(LIST, {"q": words}).context["cl"].result_count == found


def test_customers_have_no_admin(client: Client, ticket: Ticket, alice: User) -> None:
    client.force_login(alice)
    assert client.get(change(ticket)).status_code == 302
