"""Holds every answer to what /api/v3/openapi.yaml says of it, with no member more."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from smmpanel.rest_schema import description

_CONVERTER = re.compile(r"<\w+:(\w+)>")
# What an answer came from, by the name of its operation: what the walk has seen.
seen: set[tuple[str, int]] = set()


@cache
def document() -> dict[str, Any]:
    """The description, where an object has the members that it names and no others."""
    found = deepcopy(description())
    for schema in found["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return found


def check(answer: Any, *, method: str) -> None:
    """Raises AssertionError or ValidationError."""
    operation = _operation(answer.resolver_match.route, method)
    if operation is None:
        assert answer.status_code in (404, 405)
        return
    status, kind = str(answer.status_code), answer.headers.get("Content-Type", "")
    if status == "405":
        return
    assert status in operation["responses"], f"{operation['operationId']} says nothing of {status}"
    seen.add((operation["operationId"], answer.status_code))
    content = operation["responses"][status].get("content")
    if content is None:
        assert answer.content == b""
        return
    schema = {**content[kind]["schema"], "components": document()["components"]}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(answer.json())


def operations() -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for methods in document()["paths"].values()
        for operation in methods.values()
    }


def _operation(route: str, method: str) -> dict[str, Any] | None:
    path = "/" + _CONVERTER.sub(r"{\1}", route)
    operation: dict[str, Any] | None = document()["paths"].get(path, {}).get(method.lower())
    return operation
