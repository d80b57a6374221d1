"""The page that explains the API: what it shows is what the API does."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from orders.api import errors
from orders.api.actions import OFFERED
from services.types import SPECS
from tests.orders.api.program import URL, Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(terms: None) -> str:
    return Client().get(reverse("api_docs")).content.decode()


def test_it_names_every_parameter_and_every_refusal(page: str) -> None:
    for action in OFFERED:
        assert f'id="{action.name}"' in page
        assert all(f"<code>{each.name}</code>" in page for each in action.parameters)
    problems = [one for one in vars(errors).values() if isinstance(one, errors.Problem)]
    for problem in [*problems, *errors.REFUSALS.values()]:
        strict = problem.http_status(is_strict=True)
        told = str(problem.status) if strict == problem.status else f"{problem.status} / {strict}"
        row = rf'id="error-{problem.code}">(?s:.*?)</tr>|<code>{problem.code}</code>(?s:.*?)</tr>'
        rows = [found.group() for found in re.finditer(row, page)]
        assert any(f">{told}</td>" in one and problem.legacy in one for one in rows), problem
        assert sum(f'id="error-{problem.code}"' in one for one in rows) == 1


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
    _key, secret = api_keys.create(
        user=alice, name="script", scope=ApiKey.Scope.READ, at=timezone.now()
    )
    mine = browser.get(reverse("api_docs")).content.decode()
    assert f"{secret[:10]}…" in mine
    assert secret not in mine
    assert secret[:10] not in page


def test_no_page_of_another_site_may_read_an_answer(script: Program) -> None:
    elsewhere = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    asked = script.client.options(URL, headers=elsewhere)
    answered = script.client.post(
        URL, {"key": script.key, "action": "balance"}, headers={"Origin": elsewhere["Origin"]}
    )
    assert asked.status_code == 405
    for answer in (asked, answered):
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
