"""What is refused before a view looks at it is refused by a page of this site."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User


@pytest.mark.parametrize("address", ["/account/sessions/end/", "/tickets/1/close/"])
def test_the_address_of_a_form_says_so_to_who_opens_it(
    client: Client, alice: User, address: str
) -> None:
    client.force_login(alice)
    answer = client.get(address)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "the button of a form leads here" in answer.content.decode()


def test_a_method_that_no_page_knows_is_refused_by_a_page(client: Client, db: None) -> None:
    answer = client.put("/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
    assert "<h1>Not this way</h1>" in answer.content.decode()


@pytest.mark.parametrize("address", ["/api/v2", "/webhooks/stripe/"])
def test_programs_are_refused_without_a_page(client: Client, db: None, address: str) -> None:
    answer = client.put(address)
    assert answer.status_code == 405
    assert b"<html" not in answer.content


@pytest.mark.parametrize("address", ["/services/?q=%00", "/orders/%00/"])
def test_what_is_no_text_is_refused_by_a_page(client: Client, db: None, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "characters that are not text" in answer.content.decode()
    assert "css/panel" in answer.content.decode()


def test_the_api_refuses_what_is_no_text_in_its_own_words(client: Client, db: None) -> None:
    answer = client.get("/api/v2?key=%00&action=balance")
    assert answer["Content-Type"] == "application/json"
    assert "code" in answer.json()


def test_pages_come_packed_to_who_can_read_that(client: Client, db: None) -> None:
    plain = client.get("/services/")
    packed = client.get("/services/", headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert "Content-Encoding" not in plain
