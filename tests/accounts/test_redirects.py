"""S-13: `next` leads nowhere else. S-14: neither does a mail, whatever Host says."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.adapter import AccountAdapter
from accounts.models import OutboundMail, User
from tests.accounts.door import last_mail, link_in, log_in, sign_up_form

ELSEWHERE = [
    "https://evil.example/",
    "http:evil.example",
    "https:///evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/orders/\r\nSet-Cookie: a=b",
    "javascript:alert(1)",
    "evil.example",
    " /orders/",
    "/orders/\x00",
    "http://127.0.0.1:8000/orders/",
    "",
]


@pytest.mark.parametrize("then", ELSEWHERE)
def test_after_log_in_nobody_is_led_elsewhere(alice: User, then: str) -> None:
    if "\x00" in then:
        assert not AccountAdapter().is_safe_url(then)
        return
    assert log_in(Client(), alice.email, then=then)["Location"] == "/dashboard/"


@pytest.mark.parametrize("then", ELSEWHERE)
def test_no_such_address_is_safe(then: str) -> None:
    assert not AccountAdapter().is_safe_url(then)


def test_after_log_in_one_is_back_where_one_was(alice: User) -> None:
    back = "/orders/?status=pending&page=2"
    assert log_in(Client(), alice.email, then=back)["Location"] == back


@pytest.mark.parametrize("address", ["/account/logout/", "/account/login/"])
def test_somebody_who_is_logged_in_is_not_led_elsewhere_either(alice: User, address: str) -> None:
    client = Client()
    log_in(client, alice.email)
    answer = client.post(f"{address}?next=//evil.example", {"next": "https://evil.example"})
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]


@pytest.mark.parametrize(("header", "status"), [("Host", 400), ("X-Forwarded-Host", 302)])
def test_a_poisoned_host_reaches_no_mail(alice: User, header: str, status: int) -> None:
    browser = Client(headers={header: "evil.example"})
    answer = browser.post("/account/password/reset/", {"email": alice.email})
    assert answer.status_code == status
    assert not OutboundMail.objects.filter(body__contains="evil").exists()


def test_links_lead_to_the_site_even_where_every_host_is_allowed(
    alice: User, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://panel.example"
    browser = Client(HTTP_HOST="evil.example")
    for email in (alice.email, "ghost@example.com"):
        browser.post("/account/password/reset/", {"email": email})
        assert link_in(last_mail()).startswith("https://panel.example/account/")
    for email in (alice.email, "new@example.com"):
        form = sign_up_form(Client(HTTP_HOST="evil.example"), email)
        Client(HTTP_HOST="evil.example").post("/account/signup/", form)
        assert link_in(last_mail()).startswith("https://panel.example/account/")
    assert not OutboundMail.objects.filter(body__contains="evil").exists()


def test_staff_begin_at_their_desk_unless_they_were_on_their_way(alice: User, sam: User) -> None:
    assert log_in(Client(), sam.email)["Location"] == "/staff/"
    assert log_in(Client(), sam.email, then="/account/")["Location"] == "/account/"
    assert log_in(Client(), alice.email)["Location"] == "/dashboard/"


def test_staff_without_a_group_are_not_sent_where_they_may_not_go(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert log_in(Client(), alice.email)["Location"] == "/dashboard/"
