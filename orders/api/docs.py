"""The page that explains API v2, rendered from the declarations that answer the calls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import User
from orders.api import errors, examples
from orders.api.actions import OFFERED
from orders.api.calls import prefixes_of
from orders.api.declaring import Action
from orders.api.errors import Problem
from orders.api.examples import Example
from orders.api.parameters import ACTION, KEY, ORDER
from orders.sandbox.courses import COURSES
from services.types import SPECS, ServiceType

_PLUGIN = Path(__file__).with_name("wordpress") / "panel-orders.php"


@dataclass(frozen=True, slots=True)
class _Explained:
    """An action with what the page shows of it besides its declaration."""

    action: Action
    example: Example

    @property
    def sample(self) -> str:
        return json.dumps(self.action.sample, indent=2, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An error of the table. `anchor` is what links lead to; the second of one code has none."""

    problem: Problem
    anchor: str

    @property
    def strict_status(self) -> int:
        return self.problem.http_status(is_strict=True)


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    address = settings.SITE_URL.rstrip("/") + reverse("api_v2")
    context = {
        "address": address,
        "key_names": ", ".join((KEY.name, *KEY.aliases)),
        "key_begins": _newest_key(request),
        "first_order": _first_order(address),
        "courses": COURSES,
        "python": examples.python_before(address=address),
        "php": examples.php_before(address=address),
        "actions": [_Explained(one, examples.of(one, address=address)) for one in OFFERED],
        "types": [(type_.label, SPECS[type_]) for type_ in ServiceType],
        "refusals": _refusals(),
        "calls_per_minute": settings.API_RATE_PER_MINUTE,
    }
    return render(request, "orders/api_docs.html", context)


@require_safe
def wordpress_plugin(request: HttpRequest) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{_PLUGIN.name}"'}
    return HttpResponse(_PLUGIN.read_bytes(), content_type="text/plain", headers=headers)


def _newest_key(request: HttpRequest) -> str:
    """How the key begins that the reader probably means; a secret is known to nobody."""
    user = request.user
    prefixes = prefixes_of(user) if isinstance(user, User) else []
    return prefixes[0] if prefixes else ""


def _first_order(address: str) -> dict[str, str]:
    """The calls of the first five minutes: `order` is the number that `add` answered."""
    by_name = {action.name: action for action in OFFERED}
    return {
        "balance": examples.of(by_name["balance"], address=address).curl,
        "add": examples.of(by_name["add"], address=address).curl,
        "status": examples.curl(address, {ACTION.name: "status", ORDER.name: ORDER.sample}),
    }


def _refusals() -> list[_Refusal]:
    shown: list[_Refusal] = []
    for problem in errors.explained():
        is_known = any(problem.code == one.problem.code for one in shown)
        shown.append(_Refusal(problem, anchor="" if is_known else f"error-{problem.code}"))
    return shown
