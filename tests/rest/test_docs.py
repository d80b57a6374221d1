"""The page about REST v3 says what openapi.yaml says, and the examples in it are right."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from jsonschema import Draft202012Validator

from accounts.rest.describing import declared_problems
from services.models import Service
from tests.rest import contract
from tests.rest.caller import Caller


@pytest.fixture
def page(db: None) -> str:
    return Client().get(reverse("api_docs_v3")).content.decode()


def test_the_page_names_every_call_every_code_and_every_shape_it_leads_to(page: str) -> None:
    for name in contract.operations():
        assert f'id="{name}"' in page, name
    for problem in declared_problems():
        assert page.count(f'id="{problem.code}"') == 1, problem.code
    anchors = set(re.findall(r' id="([\w-]+)"', page))
    assert set(re.findall(r'href="#([\w-]*)"', page)) <= anchors


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    sources = re.findall(r'(?:src|href)="(https?:[^"]*)"', page)
    assert [one for one in sources if not one.startswith("http://127.0.0.1:8000")] == []


def contents() -> list[dict[str, Any]]:
    found = []
    for one in contract.operations().values():
        found += one.get("requestBody", {}).get("content", {}).values()
        for answer in one["responses"].values():
            found += answer.get("content", {}).values()
    return [content for content in found if "examples" in content]


def test_every_example_is_as_the_description_says() -> None:
    examples = 0
    for content in contents():
        schema = {**content["schema"], "components": contract.document()["components"]}
        for example in content["examples"].values():
            Draft202012Validator(schema).validate(example["value"])
            examples += 1
    assert examples > 5


@pytest.mark.django_db
def test_the_first_example_orders(script: Caller, shop: Service) -> None:
    body = contract.operations()["place_order"]["requestBody"]["content"]["application/json"]
    example = next(iter(body["examples"].values()))["value"]
    assert script.post("/orders", example | {"service": shop.pk}).status_code == 201
