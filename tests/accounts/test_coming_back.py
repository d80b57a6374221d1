"""A form that is sent after the session has ended leads, through the log-in, back to its page."""

from __future__ import annotations

import pytest
from django.test import Client

LOG_IN = "/account/login/"
SITE = "http://testserver"


def sent_from(client: Client, referer: str | None) -> str:
    headers = {} if referer is None else {"Referer": referer}
    return str(client.post("/account/sessions/end/", headers=headers)["Location"])


def test_it_leads_to_the_page_of_the_form(client: Client, db: None) -> None:
    assert sent_from(client, f"{SITE}/account/") == f"{LOG_IN}?next=/account/"
    back = sent_from(client, f"{SITE}/tickets/?state=closed&below=7")
    assert back == f"{LOG_IN}?next=/tickets/%3Fstate%3Dclosed%26below%3D7"


@pytest.mark.parametrize(
    "referer",
    [
        None,
        "",
        "https://evil.example/account/",
        "http://evil.example/account/",
        "https://testserver/account/",
        "http://testserver.evil.example/",
        "http://testserver@evil.example/",
        f"{SITE}//evil.example/",
        f"{SITE}/\\evil.example/",
        "javascript:alert(1)",
        "/account/",
        "http://[",
        f"{SITE}/tickets/?below={'?' * 20_000}",
    ],
)
def test_what_is_no_page_of_this_site_is_not_believed(
    client: Client, db: None, referer: str | None
) -> None:
    assert sent_from(client, referer) == f"{LOG_IN}?next=/account/sessions/end/"


def test_a_page_that_is_opened_comes_back_itself(client: Client, db: None) -> None:
    answer = client.get("/account/", headers={"Referer": f"{SITE}/tickets/"})
    assert answer["Location"] == f"{LOG_IN}?next=/account/"


def test_an_address_too_long_to_come_back_to_is_read_all_the_same(client: Client) -> None:
    assert client.post(f"/legal/?{'a' * 20_000}").status_code == 405
