"""The front door, and the mails that a demonstration does not send."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import OutboundMail, User
from tests.orders.pages import DASHBOARD, text_of

HOME, MAILS = reverse("home"), reverse("demo_mail")


class TestTheFrontDoor:
    def test_a_visitor_learns_how_to_begin(self, client: Client, db: None) -> None:
        page = client.get(HOME)
        words = text_of(page)
        assert "Numbers may drop again later" in words
        for name in ("account_signup", "account_login", "services:service_list", "legal:index"):
            assert f'href="{reverse(name)}"' in page.content.decode()

    def test_a_demonstration_says_where_log_ins_and_mails_are(
        self, client: Client, db: None
    ) -> None:
        page = client.get(HOME)
        assert "manage.py demo_credentials" in text_of(page)
        assert f'href="{MAILS}"' in page.content.decode()

    def test_whoever_is_logged_in_goes_on_to_his_dashboard(
        self, client: Client, alice: User
    ) -> None:
        client.force_login(alice)
        assert client.get(HOME)["Location"] == DASHBOARD

    @pytest.mark.parametrize("address", [HOME, MAILS])
    def test_other_methods_are_refused(self, client: Client, db: None, address: str) -> None:
        assert client.post(address).status_code == 405


class TestTheMails:
    def mail(self, **fields: object) -> OutboundMail:
        number = OutboundMail.objects.count()
        defaults = {"key": f"k{number}", "recipient": "nina@example.com", "subject": "Hello"}
        return OutboundMail.objects.create(**defaults | fields)

    def test_an_empty_box_explains_itself(self, client: Client, db: None) -> None:
        assert "No mails yet" in text_of(client.get(MAILS))

    def test_links_can_be_followed_and_markup_stays_text(self, client: Client, db: None) -> None:
        address = "http://127.0.0.1:8000/account/confirm/abc/"
        self.mail(body=f"Open {address}\n<script>alert(1)</script>", subject="<b>bold</b>")
        page = client.get(MAILS).content.decode()
        assert f'<a href="{address}"' in page
        assert "<script>alert" not in page
        assert "<b>bold" not in page

    def test_the_newest_comes_first(self, client: Client, db: None) -> None:
        self.mail(subject="Earlier")
        self.mail(subject="Later")
        words = text_of(client.get(MAILS))
        assert words.index("Later") < words.index("Earlier")

    def test_an_erased_secret_is_said_to_be_erased(self, client: Client, db: None) -> None:
        self.mail(body="", is_secret=True)
        assert "was erased when the mail went out" in text_of(client.get(MAILS))
