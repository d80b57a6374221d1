"""The reseller API v2: a plain view that admits a key and hands the call to its action.

No session, no cookie and no CSRF token count here: a call is its key's (S-12). Business errors
are answers with status 200, see `errors`.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from accounts import admission
from accounts.http import client_ip
from accounts.models import ApiKey
from orders.api import live, negotiating, played, transport
from orders.api.actions import ACTIONS
from orders.api.declaring import Action, Answer, Caller
from orders.api.errors import (
    INCORRECT_REQUEST,
    REFUSED_AT_THE_DOOR,
    SCOPE_MISSING,
    UNKNOWN_ACTION,
    WRONG_METHOD,
    ApiError,
)
from orders.api.parameters import ACTION, KEY
from orders.api.price_list import PriceList

METHODS = ("GET", "POST")
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
# On every answer to a sandbox key, so that nobody takes it for the real thing.
SANDBOX_HEADERS = {"X-Sandbox": "1"}
# Where a program finds the terms that it orders under (CAT-12).
TERMS = "terms-of-service"


@csrf_exempt
@sensitive_post_parameters()
def api_v2(request: HttpRequest) -> HttpResponse:
    headers = _headers()
    try:
        call = _read(request)
        at = timezone.now()
        caller = _admit(call, ip=client_ip(request), at=at)
        if caller.is_sandbox:
            headers |= SANDBOX_HEADERS
        answer = _answer(caller, call, at)
        if isinstance(answer, PriceList):
            return negotiating.respond(request, answer, headers=headers)
        return JsonResponse(answer, safe=False, headers=headers)
    except ApiError as error:
        headers |= error.headers
        return JsonResponse(error.body, status=error.http_status, headers=headers)


def _headers() -> dict[str, str]:
    terms = settings.SITE_URL.rstrip("/") + reverse("legal:index")
    return {**HEADERS, "Link": f'<{terms}>; rel="{TERMS}"'}


def _read(request: HttpRequest) -> transport.Call:
    if request.method not in METHODS:
        raise ApiError(WRONG_METHOD, headers={"Allow": ", ".join(METHODS)})
    return transport.read(request)


def _answer(caller: admission.Caller, call: transport.Call, at: datetime) -> Answer:
    action = _action(call, scope=caller.scope)
    shop = played if caller.is_sandbox else live
    return action.handler(Caller(customer_id=caller.customer_id, at=at, shop=shop), call)


def _admit(call: transport.Call, *, ip: str, at: datetime) -> admission.Caller:
    """Raises ApiError."""
    try:
        return admission.admit(secret=call.text(KEY), ip=ip, is_in_query=False, at=at)
    except admission.Refused as refused:
        wait = refused.wait_seconds
        headers = {"Retry-After": str(wait)} if wait else {}
        raise ApiError(REFUSED_AT_THE_DOOR[refused.reason], headers=headers) from refused


def _action(call: transport.Call, *, scope: ApiKey.Scope) -> Action:
    action = ACTIONS.get(call.text(ACTION).lower())
    if action is None:
        raise ApiError(UNKNOWN_ACTION)
    if scope not in (action.scope, ApiKey.Scope.ORDER):
        raise ApiError(SCOPE_MISSING)
    for parameter in action.parameters:
        if parameter.is_required and not call.text(parameter):
            raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
    return action
