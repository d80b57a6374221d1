"""A customer's own recent calls, of all his keys and of every API (API-05).

What a page costs does not grow with how much was called: it begins below a number, and not at an
offset. Whatever stands in the address and is none of the choices counts as not chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import CustomerRequest, customer_page
from accounts.models import ApiCall, User
from accounts.rest.describing import declared_problems
from orders.api.actions import OFFERED
from orders.api.errors import explained
from wallet.money import InvalidAmount, parse_whole

PAGE_SIZE = 50
_FAILED = ~Q(code="") | Q(http_status__gte=400)
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """Which calls: empty and False where nothing was chosen."""

    key: str
    action: str
    only_errors: bool
    before: int

    @property
    def is_narrowed(self) -> bool:
        return bool(self.key or self.action or self.only_errors)


@require_safe
@customer_page
def api_calls(request: CustomerRequest) -> HttpResponseBase:
    prefixes = prefixes_of(request.user)
    asked = asked_in(request.GET, prefixes=prefixes)
    found = list(calls(user=request.user, asked=asked)[: PAGE_SIZE + 1])
    context = {
        "calls": found[:PAGE_SIZE],
        "older": found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None,
        "asked": asked,
        "prefixes": prefixes,
        "actions": [action.name for action in OFFERED],
        "explained": {problem.code for problem in explained()},
        "explained_v3": {problem.code for problem in declared_problems()},
        "days": settings.API_CALLS_KEPT_DAYS,
    }
    return render(request, "orders/api_calls.html", context)


def calls(*, user: User, asked: Asked) -> QuerySet[ApiCall]:
    """Newest first."""
    rows = ApiCall.objects.filter(user=user, pk__lt=asked.before).order_by("-pk")
    if asked.key:
        rows = rows.filter(key_prefix=asked.key)
    if asked.action:
        rows = rows.filter(api=ApiCall.Api.V2, action=asked.action)
    return rows.filter(_FAILED) if asked.only_errors else rows


def prefixes_of(user: User) -> list[str]:
    """How his keys begin, those in force first."""
    live = user.api_keys.live(at=timezone.now()).order_by("-pk").values_list("prefix", flat=True)
    every = user.api_keys.order_by("-pk").values_list("prefix", flat=True)
    return list(dict.fromkeys([*live, *every[:PAGE_SIZE]]))


def asked_in(query: QueryDict, *, prefixes: list[str]) -> Asked:
    key, action = query.get("key", ""), query.get("action", "")
    return Asked(
        key=key if key in prefixes else "",
        action=action if action in {each.name for each in OFFERED} else "",
        only_errors=query.get("errors") == "1",
        before=_number(query.get("before", "")),
    )


def _number(text: str) -> int:
    try:
        return min(parse_whole(text), _LARGEST_ID)
    except InvalidAmount:
        return _LARGEST_ID
