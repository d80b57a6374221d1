"""The page that explains the API: what it shows is what the API does."""

from __future__ import annotations

import re
import shlex
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders.api import errors
from orders.api.actions import OFFERED
from orders.api.docs import KEY_SAMPLE
from orders.models import Order
from services.types import SPECS
from tests.factories import service
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


def test_the_commands_on_the_page_work_as_they_are(page: str, script: Program) -> None:
    sold = service(can_refill=True, refill_days=30)
    commands = [unescape(text) for text in re.findall(r"<pre>(curl .*?)</pre>", page, re.DOTALL)]
    assert len(commands) == len(OFFERED)
    numbers = {"service": sold.pk}
    for action, command in zip(OFFERED, commands, strict=True):
        typed = command.replace(KEY_SAMPLE, script.key)
        for name, number in numbers.items():
            typed = re.sub(rf"\b{name}=\d+", f"{name}={number}", typed)
        make_ready(action.name, numbers)
        answer = type_in(typed, script.client).json()
        assert "error" not in answer, (action.name, answer)
        if action.name in ("add", "refill"):
            numbers |= answer | {"order": answer.get("order", numbers.get("order"))}


def make_ready(action: str, numbers: dict[str, int]) -> None:
    """What must be true of the order before it can be asked for."""
    placed = Order.objects.filter(pk=numbers.get("order", 0))
    if action == "refill":
        placed.update(status="completed", finished_at=timezone.now())
    elif action == "cancel":
        placed.update(status="queued", finished_at=None)


def test_it_names_every_parameter_and_every_refusal(page: str) -> None:
    for action in OFFERED:
        assert f'id="{action.name}"' in page
        assert all(f"<code>{each.name}</code>" in page for each in action.parameters)
    problems = [one for one in vars(errors).values() if isinstance(one, errors.Problem)]
    for problem in [*problems, *errors.REFUSALS.values()]:
        row = rf"<code>{problem.code}</code></td>.*>{problem.status}</td>"
        assert re.search(row, page), problem


def test_it_names_what_every_type_of_service_takes(page: str) -> None:
    rows = re.findall(r'<tr><td class="nowrap">([A-Z].*?)</tr>', page, re.DOTALL)
    told = {row.partition("<")[0]: row for row in rows}
    for type_, spec in SPECS.items():
        names = [parameter.name for parameter in spec.parameters]
        assert all(f"<code>{name}</code>" in told[type_.label] for name in names), type_


def test_it_can_be_read_before_and_after_logging_in(page: str, alice: User) -> None:
    assert "X-Api-Key" in page
    browser = Client()
    browser.force_login(alice)
    assert browser.get(reverse("api_docs")).status_code == 200
