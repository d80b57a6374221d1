"""A message that is sent after the session has ended is not lost, and fills nobody's cache."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse

from accounts import drafts
from accounts.models import User
from tests.cast import PASSWORD
from tickets.models import Ticket

NEW = reverse("tickets:ticket_new")
LOG_IN = reverse("account_login")
WRITTEN = {"topic": "payment", "subject": "Zwei Rechnungen", "text": "Ж" * 9_000 + "\n<b>&"}


def log_in(client: Client, user: User, leads_to: str) -> Any:
    """Follows the way to the log-in, logs in there, and returns what the next page shows."""
    then = client.get(leads_to).context["redirect_field_value"]
    form = {"login": user.email, "password": PASSWORD, "next": then}
    answer = client.post(LOG_IN, form, follow=True)
    assert answer.status_code == 200
    return answer.context


def test_a_new_ticket_comes_back_filled_after_the_log_in(client: Client, alice: User) -> None:
    sent = client.post(NEW, WRITTEN)
    assert (sent.status_code, Ticket.objects.count()) == (302, 0)
    form = log_in(client, alice, sent["Location"])["form"]
    assert {name: form[name].value() for name in WRITTEN} == WRITTEN


def test_a_reply_comes_back_to_its_ticket(client: Client, alice: User, ticket: Ticket) -> None:
    sent = client.post(ticket.get_absolute_url(), {"text": WRITTEN["text"]})
    page = log_in(client, alice, sent["Location"])
    assert page["ticket"] == ticket
    assert page["form"]["text"].value() == WRITTEN["text"]
    assert ticket.messages.count() == 1


def test_somebody_elses_ticket_shows_no_reply(client: Client, bob: User, ticket: Ticket) -> None:
    sent = client.post(ticket.get_absolute_url(), {"text": "Mine"})
    client.force_login(bob)
    address = unquote(sent["Location"].partition("next=")[2])
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("draft", ["", "no-such-name", "x" * 5_000, "../1", "é\u202e"])
def test_a_draft_that_is_not_there_fills_nothing(client: Client, alice: User, draft: str) -> None:
    client.force_login(alice)
    form = client.get(NEW, {"draft": draft}).context["form"]
    assert form["text"].value() is None


@pytest.mark.parametrize("text", ["", "x" * 20_000])
def test_what_no_form_would_send_is_not_kept(client: Client, terms: None, text: str) -> None:
    sent = client.post(NEW, {"text": text})
    assert sent["Location"] == f"{LOG_IN}?next={NEW}"


def test_one_address_keeps_only_so_many(
    client: Client, terms: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 2)
    ways = [client.post(NEW, WRITTEN)["Location"] for _ in range(3)]
    assert ["draft" in way for way in ways] == [True, True, False]
    assert "draft" in client.post(NEW, WRITTEN, REMOTE_ADDR="203.0.113.9")["Location"]
