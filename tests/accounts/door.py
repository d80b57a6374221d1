"""Going through the door as a browser does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from django.core.cache import cache
from django.test import Client

from accounts.models import OutboundMail
from tests.cast import PASSWORD

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

    Answer: TypeAlias = _MonkeyPatchedWSGIResponse

LINK = re.compile(r"https?://\S+")


def log_in(
    client: Client, email: str, password: str = PASSWORD, *, ip: str = "203.0.113.1", then: str = ""
) -> Answer:
    form = {"login": email, "password": password, "next": then}
    return client.post("/account/login/", form, REMOTE_ADDR=ip)


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def sign_up_form(client: Client, email: str, /, **fields: str) -> dict[str, str]:
    """What a person sends who filled in the form as it is shown now."""
    shown = re.search(r'name="shown_versions" value="([^"]*)"', page(client, "/account/signup/"))
    assert shown
    ticks = {"accepts": "on", "is_of_age": "on", "shown_versions": shown[1]}
    return {"email": email, "password1": "quite a long passphrase"} | ticks | fields


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def last_mail() -> OutboundMail:
    return OutboundMail.objects.latest("pk")


def link_in(mail: OutboundMail) -> str:
    found = LINK.search(mail.body)
    assert found
    return found[0]


def forget_limits() -> None:
    """As if a day had passed."""
    cache.clear()
