"""The page that explains the API: what it shows is what the API does."""

from __future__ import annotations

import re
import shlex
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from orders.api import errors
from orders.api.actions import OFFERED
from orders.api.docs import KEY_SAMPLE
from services.models import Service
from tests.orders.api.program import FORM, URL, Answer, Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(terms: None) -> str:
    return Client().get(reverse("api_docs")).content.decode()


def type_in(command: str, client: Client) -> Answer:
    """What curl would send for a command on the page."""
    words = shlex.split(command.replace("\\\n", " "))
    assert (words[0], words[2::2]) == ("curl", ["-d"] * ((len(words) - 2) // 2))
    assert urlsplit(words[1]).path == URL
    return client.post(URL, "&".join(words[3::2]), content_type=FORM)


def test_the_commands_on_the_page_work_as_they_are(
    page: str, script: Program, shop: Service
) -> None:
    commands = [unescape(text) for text in re.findall(r"<pre>(curl .*?)</pre>", page, re.DOTALL)]
    assert len(commands) == len(OFFERED)
    placed = None
    for action, command in zip(OFFERED, commands, strict=True):
        typed = command.replace(KEY_SAMPLE, script.key).replace("service=1", f"service={shop.pk}")
        if placed is not None:
            typed = typed.replace("order=23501", f"order={placed}")
        answer = type_in(typed, script.client).json()
        assert "error" not in answer, (action.name, answer)
        placed = answer["order"] if action.name == "add" else placed


def test_it_names_every_parameter_and_every_refusal(page: str) -> None:
    for action in OFFERED:
        assert f'id="{action.name}"' in page
        assert all(f"<code>{each.name}</code>" in page for each in action.parameters)
    problems = [one for one in vars(errors).values() if isinstance(one, errors.Problem)]
    for problem in [*problems, *errors.REFUSALS.values()]:
        row = rf"<code>{problem.code}</code></td>.*>{problem.status}</td>"
        assert re.search(row, page), problem


def test_it_can_be_read_before_and_after_logging_in(page: str, alice: User) -> None:
    assert "X-Api-Key" in page
    browser = Client()
    browser.force_login(alice)
    assert browser.get(reverse("api_docs")).status_code == 200
