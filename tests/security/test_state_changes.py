"""S-12: nothing is changed by reading, and nothing by a form that another site has sent."""

from __future__ import annotations

from django.test import Client

from tests.security import access
from tests.security.checksums import checksum
from tests.security.crawling import Crawl
from tests.security.targets import every_target
from tests.security.walking import undone
from tests.security.world import ALICE, NOBODY, OLGA, ROLES, ROOT, SAM, World

# The link in a mail is the proof of its own: mail programs send that POST without any page.
PROGRAMS = ("api_v3_", "adminapi_")
FOR_PROGRAMS = {"api_v2", "api/v2/", "stripe_webhook", "services:update_stop"}


def test_following_every_link_changes_nothing(crawls: dict[str, Crawl]) -> None:
    assert set(crawls) >= {NOBODY, ALICE, SAM, OLGA}
    assert [role for role, crawl in crawls.items() if crawl.changed] == []


def test_every_link_leads_somewhere(crawls: dict[str, Crawl]) -> None:
    for role, least in ((NOBODY, 15), (ALICE, 25), (OLGA, 60), (ROOT, 80)):
        statuses = crawls[role].statuses
        assert len(statuses) >= least, role
        gone = {address for address, status in statuses.items() if status in (404, 500)}
        assert gone == set(), role


def test_nothing_is_accepted_without_the_token_of_a_form(standing: World) -> None:
    """Also not a log-out, nor what a stranger would be refused anyway."""
    before = checksum()
    for role in (NOBODY, ALICE, OLGA, ROOT):
        client = standing.client(role, checks_csrf=True)
        for target in every_target():
            is_for_programs = target.key in FOR_PROGRAMS or target.key.startswith(PROGRAMS)
            if is_for_programs or not takes_posts(target.key, target.model):
                continue
            with undone():
                answer = client.post(target.path(standing))
                assert answer.status_code == 403, (role, target.key)
    assert checksum() == before


def takes_posts(key: str, model: str | None) -> bool:
    return set(access.expected(key, model=model)[1]) != {"never"}


def test_a_token_of_another_session_is_not_accepted(standing: World) -> None:
    theirs = standing.client(OLGA, checks_csrf=True)
    theirs.get("/account/")
    client = standing.client(ALICE, checks_csrf=True)
    with undone():
        answer = client.post(
            "/account/sessions/end/", {"csrfmiddlewaretoken": theirs.cookies["csrf"].value}
        )
    assert answer.status_code == 403


def test_a_form_of_another_origin_is_not_accepted_even_with_a_token(standing: World) -> None:
    client = standing.client(ALICE, checks_csrf=True)
    client.get("/account/")
    token = {"csrfmiddlewaretoken": client.cookies["csrf"].value}
    with undone():
        for origin, status in (("https://evil.example", 403), ("http://testserver", 302)):
            headers = {"Origin": origin}
            answer = client.post("/account/sessions/end/", token, headers=headers)
            assert answer.status_code == status, origin


def test_a_session_opens_nothing_in_the_api(standing: World) -> None:
    for role in ROLES:
        client: Client = standing.client(role)
        for action in ("balance", "services", "status", "add"):
            with undone():
                answers = [
                    client.get("/api/v2", {"action": action}),
                    client.post("/api/v2", {"action": action}),
                ]
            assert [answer.json()["code"] for answer in answers] == ["invalid_api_key"] * 2


def test_a_call_of_the_api_sets_no_cookie(standing: World) -> None:
    with undone():
        answer = Client().post("/api/v2", {"key": standing.secret, "action": "balance"})
    assert set(answer.json()) == {"balance", "currency"}
    assert not answer.cookies
