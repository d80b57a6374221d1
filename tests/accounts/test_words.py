"""allauth's pages in this site's words: E-mail, sentence case, and a label for every field."""

from __future__ import annotations

import re

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.test import Client

from accounts.models import User
from tests.cast import PASSWORD

FOREIGN = re.compile(
    r"\bEmail\b|\bemail address|Current Password|New Password|Change Password|Set Password"
    r"|[Ss]igned|[Ss]ign[- ][Ii]n|Confirm Access|uccessfully|placeholder="
)
OPEN = ["/account/login/", "/account/signup/", "/account/password/reset/"]
OWN = ["/account/email/", "/account/password/change/", "/account/reauthenticate/", "/account/"]


def foreign_words(client: Client, address: str) -> list[str]:
    page = client.get(address, follow=True)
    assert page.status_code == 200
    return FOREIGN.findall(page.content.decode())


@pytest.mark.parametrize("address", OPEN)
def test_visitors_read_our_words(client: Client, terms: None, address: str) -> None:
    assert foreign_words(client, address) == []


@pytest.mark.parametrize("address", OWN)
def test_customers_read_our_words(client: Client, alice: User, address: str) -> None:
    client.force_login(alice)
    assert foreign_words(client, address) == []


def test_who_has_no_password_yet_reads_our_words(client: Client, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    client.force_login(alice)
    assert foreign_words(client, "/account/password/set/") == []


def test_the_page_of_a_reset_link_reads_our_words(client: Client, alice: User) -> None:
    key = f"{user_pk_to_url_str(alice)}-{default_token_generator.make_token(alice)}"
    assert foreign_words(client, f"/account/password/reset/key/{key}/") == []


def test_what_was_done_is_said_in_our_words(client: Client, alice: User) -> None:
    form = {"login": alice.email, "password": PASSWORD}
    answers = [
        client.post("/account/login/", form, follow=True),
        client.post("/account/email/", {"email": "n@example.com", "action_add": ""}, follow=True),
        client.post(
            "/account/password/change/",
            {"oldpassword": PASSWORD, "password1": "a longer one £", "password2": "a longer one £"},
            follow=True,
        ),
        client.post("/account/logout/", follow=True),
    ]
    said = [str(message) for page in answers for message in page.context["messages"]]
    assert said == [
        "You are logged in as alice@example.com.",
        "A mail with a link is on its way to n@example.com.",
        "Your password is changed.",
        "You are logged out.",
    ]


def test_the_closed_door_says_what_it_knows(client: Client, terms: None) -> None:
    page = client.get("/account/inactive/").content.decode()
    assert "It is suspended or closed" in page
    assert "This account is closed" not in page


def test_the_pattern_would_notice_the_words_of_the_library() -> None:
    for words in ("Email address", "Successfully signed in", "Current Password", "Sign In"):
        assert FOREIGN.search(words)
