"""What people write is kept to the letter and shown as plain text (S-04, S-24)."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.tickets.corpus import CHARACTERS, MARKUP
from tests.tickets.rows import newest_message, open_one
from tickets import conversation
from tickets.models import Ticket
from tickets.templatetags.linked import linked

NEW = reverse("tickets:ticket_new")
TEXTS = MARKUP + CHARACTERS


class Said(HTMLParser):
    """The text inside the parts of class "said", and the tags in there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.depth = 0
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth:
            self.tags.add(tag)
        if dict(attrs).get("class") == "said":
            self.texts.append("")
            self.depth = 1
        elif self.depth:
            self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        self.depth = max(0, self.depth - 1)

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.texts[-1] += data


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_message_is_stored_and_shown_as_it_was_typed(own: Client, text: str) -> None:
    answer = own.post(NEW, {"topic": "other", "subject": "S", "text": text}, follow=True)
    assert Ticket.objects.get().messages.get().text == text
    said = Said(answer.content.decode())
    assert said.texts == [text]
    assert said.tags <= {"a"}


@pytest.mark.parametrize("text", MARKUP, ids=range(len(MARKUP)))
def test_staff_see_a_customers_markup_as_text(
    client: Client, alice: User, sam: User, text: str
) -> None:
    ticket = open_one(alice, subject=text[:120], text=text)
    client.force_login(sam)
    for url in (reverse("staff_tickets:inbox"), reverse("staff_tickets:ticket", args=[ticket.pk])):
        page = client.get(url).content.decode()
        assert escape(text[:120]).replace("&#x27;", "&#39;") in page.replace("&#x27;", "&#39;")
        assert "<script>alert" not in page
        assert "onerror=alert(1)>" not in page


@pytest.mark.parametrize(
    "subject", ["two\nlines", "two\r\nheaders: x", "bell\x07", "a\u2028b", "", "   ", "x" * 121]
)
def test_a_subject_is_one_line_of_text(own: Client, subject: str) -> None:
    answer = own.post(NEW, {"topic": "other", "subject": subject, "text": "Words"})
    assert answer.status_code == 422
    assert "subject" in answer.context["form"].errors


@pytest.mark.parametrize("text", ["", " ", "\n\t\n", "\u2028", "x" * 10_001])
def test_a_message_says_something_and_not_too_much(own: Client, text: str) -> None:
    assert own.post(NEW, {"topic": "other", "subject": "S", "text": text}).status_code == 422
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"text=%00",
        b"text=a%00b",
        b"text=%ED%A0%80",
        b"text=%C0%AF",
        b"text=%FF%FE",
        b"text=" + b"a" * 1_048_577,
    ],
)
@pytest.mark.parametrize("who", ["alice", "sam"])
def test_bytes_that_are_no_text_are_never_an_error_of_ours(
    client: Client, ticket: Ticket, who: str, body: bytes, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    urls = [NEW, ticket.get_absolute_url()]
    if who == "sam":
        urls = [reverse("staff_tickets:ticket", args=[ticket.pk])]
        body += b"&seen=%d" % newest_message(ticket)
    for url in urls:
        answer = client.generic("POST", url, body, "application/x-www-form-urlencoded")
        assert 200 <= answer.status_code < 500


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.com/a?b=1&c=2.", "https://example.com/a?b=1&c=2"),
        ("(http://example.com/x)", "http://example.com/x"),
        ("https://example.com/\u202egnp.exe", "https://example.com/"),
        ('https://example.com/"onmouseover=alert(1)', "https://example.com/"),
    ],
)
def test_only_web_addresses_become_links_and_they_are_not_vouched_for(
    text: str, address: str
) -> None:
    expected = f'<a href="{escape(address)}" rel="nofollow noopener noreferrer">'
    assert expected in linked(text)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com",
        "//example.com",
        "www.example.com",
        "a@example.com",
        "https://",
    ],
)
def test_nothing_else_becomes_a_link(text: str) -> None:
    assert linked(text) == escape(text)


def test_a_reply_that_is_refused_shows_its_markup_as_text(
    own: Client, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "HOURLY_MESSAGES", 1)
    page = own.post(ticket.get_absolute_url(), {"text": "</textarea><script>alert(1)</script>"})
    assert "&lt;/textarea&gt;&lt;script&gt;" in page.content.decode()
