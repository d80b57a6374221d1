"""The description of REST v3 (OpenAPI 3.1), made once by each process from the code that answers.

It is public and the same for everybody, so it costs nothing per request and may be kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from accounts.rest.problems import WRONG_METHOD, Refusal
from accounts.rest.views import HEADERS, plain

PREFIX = "/api/v3/"
MEDIA_TYPE = "application/yaml"
_METHODS = ("GET", "HEAD")
_MAX_AGE_SECONDS = 300


@cache
def description() -> dict[str, Any]:
    """The whole description, in the language of the protocol."""
    with override("en"):
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


@cache
def as_yaml() -> bytes:
    rendered: bytes = OpenApiYamlRenderer().render(description(), renderer_context={})
    return rendered


@cache
def _etag() -> str:
    return f'"{hashlib.sha256(as_yaml()).hexdigest()[:32]}"'


def only_v3(endpoints: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """A hook of drf-spectacular: describes no other address of the panel."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(PREFIX)]


@csrf_exempt
def openapi_yaml(request: HttpRequest) -> HttpResponse:
    if request.method not in _METHODS:
        return plain(Refusal(WRONG_METHOD, headers={"Allow": ", ".join(_METHODS)}), headers=HEADERS)
    return _document(request)


@condition(etag_func=lambda request: _etag())
def _document(request: HttpRequest) -> HttpResponse:
    headers = {
        "Cache-Control": f"public, max-age={_MAX_AGE_SECONDS}",
        "Content-Disposition": 'attachment; filename="openapi.yaml"',
    }
    return HttpResponse(as_yaml(), content_type=MEDIA_TYPE, headers=headers)
