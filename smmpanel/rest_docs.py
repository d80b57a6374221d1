"""The page about REST v3: the description for programs (`rest_schema`), laid out for people. What
is not in openapi.yaml is not on the page, and the other way round."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.rest.describing import declared_problems
from smmpanel.rest_schema import description

Schema = Mapping[str, Any]
_REF = "#/components/schemas/"
_TYPES = {"object": "object", "array": "list"}


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a body, an answer or a query; `shape` is the answer that it holds, if any."""

    name: str
    kind: str
    about: SafeString
    is_required: bool = False
    shape: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One operation; `answers` are status and shape of what is no refusal."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    about: SafeString
    headers: list[Member]
    query: list[Member]
    body: list[Member]
    example: str
    answers: list[tuple[str, str]]
    codes: list[str]


@require_safe
def api_docs_v3(request: HttpRequest) -> HttpResponse:
    calls = list(_calls())
    context = {
        "address": f"{settings.SITE_URL.rstrip('/')}/api/v3",
        "about": [marked(line.removeprefix("- ")) for line in _rules()],
        "groups": [(tag, list(some)) for tag, some in groupby(calls, key=lambda call: call.tag)],
        "shapes": list(_shapes(calls)),
        "problems": [(one, marked(one.advice)) for one in declared_problems()],
        "calls_per_minute": settings.API_RATE_PER_MINUTE,
    }
    return render(request, "api_docs_v3.html", context)


def marked(text: str) -> SafeString:
    """What stands between `backticks`, as code."""
    parts = enumerate(text.split("`"))
    forms = ("{}", "<code>{}</code>")
    return format_html_join("", "{}", [(format_html(forms[n % 2], part),) for n, part in parts])


def _rules() -> list[str]:
    about: str = description()["info"]["description"]
    return about.partition("\n\n")[2].split("\n")


def _calls() -> Iterator[Call]:
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield _call(path, method.upper(), operation)


def _call(path: str, method: str, operation: Schema) -> Call:
    parameters = operation.get("parameters", [])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Call(
        name=operation["operationId"],
        method=method,
        path=path,
        tag=operation["tags"][0],
        summary=operation["summary"],
        about=marked(operation.get("description", "")),
        headers=[_parameter(one) for one in parameters if one["in"] == "header"],
        query=[_parameter(one) for one in parameters if one["in"] == "query"],
        body=_members(body.get("schema", {})),
        example=_example(path, method, body),
        answers=[
            (status, _ref_of(answer["content"]["application/json"]["schema"]))
            for status, answer in operation["responses"].items()
            if "application/json" in answer.get("content", {})
        ],
        codes=list(dict.fromkeys(one.code for one in declared_problems(operation["operationId"]))),
    )


def _parameter(found: Schema) -> Member:
    return _member(found["name"], {**found["schema"], "description": found.get("description", "")})


def _example(path: str, method: str, body: Schema) -> str:
    """The call as it is typed into a shell, one argument a line."""
    address = f"{settings.SITE_URL.rstrip('/')}{path}".replace("{", "").replace("}", "")
    parts = [f"curl {shlex.quote(address)}", "-H 'Authorization: Bearer YOUR_KEY'"]
    if method not in ("GET", "POST") or (method == "POST" and not body):
        parts.insert(1, f"-X {method}")
    for one in islice(body.get("examples", {}).values(), 1):
        sent = json.dumps(one["value"], ensure_ascii=False)
        parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(sent)}"]
    return " \\\n  ".join(parts)


def _shapes(calls: list[Call]) -> Iterator[tuple[str, SafeString, list[Member]]]:
    """Name, meaning and members of all that some call leads to, each once."""
    known: dict[str, None] = {}
    waiting = [shape for call in calls for _status, shape in call.answers]
    waiting += [member.shape for call in calls for member in call.body]
    while waiting:
        name = waiting.pop(0)
        if not name or name in known:
            continue
        known[name] = None
        waiting += [member.shape for member in _members({"$ref": _REF + name})]
    for name in known:
        found = _component(name)
        yield name, marked(found.get("description", "")), _members(found)


def _members(schema: Schema) -> list[Member]:
    found = _component(_ref_of(schema)) if _ref_of(schema) else schema
    required = found.get("required", [])
    return [
        _member(name, one, is_required=name in required)
        for name, one in found.get("properties", {}).items()
    ]


def _member(name: str, schema: Schema, *, is_required: bool = False) -> Member:
    """What one member is, however its schema is put together."""
    choices = _alternatives(schema)
    refs = [ref for ref in (_ref_of(one) for one in choices) if ref]
    values = [value for one in choices for value in _resolved(one).get("enum", [])]
    kinds = dict.fromkeys(kind for one in choices for kind in _kinds(_resolved(one)))
    shapes = [ref for ref in refs if "properties" in _component(ref)]
    return Member(
        name=name,
        kind=(" of " if "list" in kinds else " or ").join(kinds),
        about=marked(schema.get("description", "")),
        is_required=is_required,
        shape=shapes[0] if shapes else "",
        values=tuple(str(value) for value in dict.fromkeys(values) if value not in (None, "")),
    )


def _alternatives(schema: Schema) -> list[Schema]:
    for joined in ("allOf", "oneOf", "anyOf"):
        if joined in schema:
            return list(schema[joined])
    if schema.get("type") == "array":
        return [{"type": "array"}, schema["items"]]
    return [schema]


def _kinds(schema: Schema) -> list[str]:
    found = schema.get("type", "null" if schema.get("enum") == [None] else "string")
    kinds = found if isinstance(found, list) else [found]
    return [str(schema.get("format", "") or _TYPES.get(kind, kind)) for kind in kinds]


def _resolved(schema: Schema) -> Schema:
    name = _ref_of(schema)
    return _component(name) if name else schema


def _component(name: str) -> Schema:
    found: Schema = description()["components"]["schemas"][name]
    return found


def _ref_of(schema: Schema) -> str:
    return str(schema.get("$ref", "")).removeprefix(_REF)
