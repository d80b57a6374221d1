"""The reseller API v2: a plain view that admits a key and hands the call to its action.

No session, no cookie and no CSRF token count here: a call is its key's (S-12). Business errors
are answers with status 200 unless the key's owner chose otherwise, see `errors`. Every call is
noted for its owner (API-05), which waits for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from http import HTTPStatus
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from accounts import admission, usage
from accounts.http import client_ip
from accounts.models import ApiCall, ApiKey
from orders.api import live, negotiating, played, transport
from orders.api.actions import ACTIONS
from orders.api.declaring import Action, Ahead, Caller, Sample
from orders.api.errors import (
    INCORRECT_REQUEST,
    REFUSED_AT_THE_DOOR,
    SCOPE_MISSING,
    UNKNOWN_ACTION,
    WRONG_METHOD,
)
from orders.api.failing import ApiError
from orders.api.parameters import ACTION, KEY
from orders.api.price_list import PriceList

METHODS = ("GET", "POST")
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
# On every answer to a sandbox key, so that nobody takes it for the real thing.
SANDBOX_HEADERS = {"X-Sandbox": "1"}
# Where a program finds the terms that it orders under (CAT-12).
TERMS = "terms-of-service"


@dataclass(slots=True)
class _Visit:
    """What is known of one call so far: that much can be said of it when it fails."""

    ip: str
    at: datetime
    began: float
    caller: admission.Caller | None = None
    ahead: Ahead | None = None
    action: str = ""
    error: ApiError | None = None

    def headers(self) -> dict[str, str]:
        terms = _terms(settings.SITE_URL)
        of_caller = SANDBOX_HEADERS if self.caller and self.caller.is_sandbox else {}
        return {**HEADERS, **of_caller, "Link": f'<{terms}>; rel="{TERMS}"'}


@cache
def _terms(site_url: str) -> str:
    return site_url.rstrip("/") + reverse("legal:index")


@csrf_exempt
@sensitive_post_parameters()
def api_v2(request: HttpRequest) -> HttpResponse:
    visit = _Visit(ip=client_ip(request), at=timezone.now(), began=monotonic())
    status: int = HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        response = _answer(request, visit)
        status = response.status_code
    except ApiError as error:
        visit.error = error
        response = _refusal(visit, error)
        status = response.status_code
    finally:
        _note(visit, status)
    return response


def _answer(request: HttpRequest, visit: _Visit) -> HttpResponse:
    """Raises ApiError."""
    call = _read(request)
    asked = _asked_for(call)
    caller = visit.caller = _admit(call, asked, visit)
    action = _action(call, asked, visit)
    mine = Caller(
        customer_id=caller.customer_id,
        at=visit.at,
        shop=played if caller.is_sandbox else live,
        errors=caller.errors,
        repeat_window_seconds=caller.repeat_window_seconds,
        ahead=visit.ahead,
    )
    answer = action.handler(mine, call)
    if isinstance(answer, PriceList):
        return negotiating.respond(request, answer, headers=visit.headers())
    return _json(answer, headers=visit.headers())


def _read(request: HttpRequest) -> transport.Call:
    if request.method not in METHODS:
        raise ApiError(WRONG_METHOD, headers={"Allow": ", ".join(METHODS)})
    return transport.read(request)


def _asked_for(call: transport.Call) -> Action | ApiError:
    """What is wrong with a call is said to those alone who may come in: it is not raised yet."""
    try:
        action = ACTIONS.get(call.text(ACTION).strip().lower())
    except ApiError as error:
        return error
    return action or ApiError(UNKNOWN_ACTION)


def _admit(call: transport.Call, asked: Action | ApiError, visit: _Visit) -> admission.Caller:
    """In one round trip with what the action needs to be read. Raises ApiError."""
    knock = admission.Knock(call.text(KEY), visit.ip, call.came_in_query(KEY), visit.at)
    try:
        admitted = None
        if isinstance(asked, Action) and asked.admits:
            admitted = asked.admits(knock, call)
        if admitted is None:
            return admission.let_in(knock)
    except admission.Refused as refused:
        visit.caller, wait = refused.caller, refused.wait_seconds
        headers = {"Retry-After": str(wait)} if wait else {}
        raise ApiError(REFUSED_AT_THE_DOOR[refused.reason], headers=headers) from refused
    caller, visit.ahead = admitted
    return caller


def _action(call: transport.Call, asked: Action | ApiError, visit: _Visit) -> Action:
    """Raises ApiError."""
    if isinstance(asked, ApiError):
        raise asked
    visit.action = asked.name
    if visit.caller is None or visit.caller.scope not in (asked.scope, ApiKey.Scope.ORDER):
        raise ApiError(SCOPE_MISSING)
    for parameter in asked.parameters:
        if parameter.is_required and not call.text(parameter):
            raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
    return asked


def _refusal(visit: _Visit, error: ApiError) -> HttpResponse:
    caller = visit.caller
    status = error.problem.http_status(is_strict=bool(caller and caller.is_strict))
    body = error.body(caller.errors if caller else ApiKey.Errors.SENTENCES)
    return _json(body, status=status, headers={**visit.headers(), **error.headers})


def _json(
    body: Sample | Mapping[str, object], *, headers: Mapping[str, str], status: int = HTTPStatus.OK
) -> HttpResponse:
    """Answers are made of what JSON has: no encoder of ours is asked."""
    return HttpResponse(
        json.dumps(body), content_type="application/json", status=status, headers=dict(headers)
    )


def _note(visit: _Visit, http_status: int) -> None:
    said = visit.error.body() if visit.error else {}
    usage.note(
        caller=visit.caller,
        api=ApiCall.Api.V2,
        action=visit.action,
        http_status=http_status,
        code=str(said.get("code", "")),
        said=str(said.get("error", "")),
        ip=visit.ip,
        took_ms=int((monotonic() - visit.began) * 1000),
        at=visit.at,
    )
