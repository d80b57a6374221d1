"""S-10: nobody learns from an answer whether an e-mail has an account.

Time is compared by the work that takes it: runs of the password hasher and queries.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import OutboundMail, User
from tests.accounts.door import log_in, sign_up_form

if TYPE_CHECKING:
    from tests.accounts.door import Answer

KNOWN, UNKNOWN = "alice@example.com", "ghost@example.com"
Act = Callable[[Client, str], "Answer"]
CHANCE = re.compile(r'(csrfmiddlewaretoken" value=")[^"]*')


def wrong_password(client: Client, email: str) -> Answer:
    return log_in(client, email, "wrong")


def reset(client: Client, email: str) -> Answer:
    return client.post("/account/password/reset/", {"email": email})


def sign_up(client: Client, email: str) -> Answer:
    return client.post("/account/signup/", sign_up_form(client, email))


@dataclass(frozen=True)
class Seen:
    """All that a stranger sees, without what differs by chance or by the e-mail that was typed."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: str
    next_page: str

    @classmethod
    def of(cls, act: Act, email: str) -> Seen:
        client = Client()
        answer = act(client, email)
        next_page = client.get(answer["Location"]).content if answer.has_header("Location") else b""
        return cls(
            status=answer.status_code,
            # The second in which the answer was given.
            headers={k: "" if k == "Expires" else v for k, v in answer.headers.items()},
            cookies=sorted(f"{name} {m['max-age']}" for name, m in answer.cookies.items()),
            body=_plain(answer.content, email),
            next_page=_plain(next_page, email),
        )


def _plain(content: bytes, email: str) -> str:
    return CHANCE.sub(r"\1", content.decode()).replace(email, "<email>")


ACTS = pytest.mark.parametrize("act", [wrong_password, reset, sign_up])


@ACTS
def test_answers_are_the_same(alice: User, act: Act) -> None:
    assert Seen.of(act, KNOWN) == Seen.of(act, UNKNOWN)


@ACTS
def test_the_costly_work_is_the_same(alice: User, act: Act, hasher_runs: Callable[[], int]) -> None:
    runs, queries = [], []
    for email in (KNOWN, UNKNOWN):
        client = Client()
        sign_up_form(client, email)
        hasher_runs()
        with CaptureQueriesContext(connection) as captured:
            act(client, email)
        runs.append(hasher_runs())
        queries.append(len(captured))
    assert runs == [1, 1]
    assert abs(queries[0] - queries[1]) <= QUERIES_APART[act.__name__]


# A query takes less than a thousandth of what one run of the real hasher takes.
QUERIES_APART = {"wrong_password": 1, "reset": 3, "sign_up": 12}


def test_the_owner_is_told_by_mail_instead(alice: User) -> None:
    sign_up(Client(), KNOWN)
    reset(Client(), UNKNOWN)
    told = dict(OutboundMail.objects.values_list("recipient", "subject"))
    assert told == {
        KNOWN: "You have an account at Panel already",
        UNKNOWN: "No account at Panel with this e-mail",
    }


@pytest.mark.parametrize("email", [KNOWN, KNOWN.upper(), "Alice@Example.com"])
def test_a_known_email_makes_no_second_account(alice: User, email: str) -> None:
    assert sign_up(Client(), email).status_code == 302
    assert User.objects.count() == 1


def test_a_suspended_customer_is_told_only_after_the_right_password(alice: User) -> None:
    alice.standing = User.Standing.SUSPENDED
    alice.save()
    assert log_in(Client(), KNOWN)["Location"] == "/account/inactive/"
    assert Seen.of(wrong_password, KNOWN) == Seen.of(wrong_password, UNKNOWN)
