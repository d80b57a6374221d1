"""What all resources of REST v3 have in common: JSON in and out, a key's call, a problem for every
refusal, nothing kept by anybody on the way, and a line in the owner's list of calls (API-05)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from time import perf_counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import usage
from accounts.admission import Caller
from accounts.http import client_ip
from accounts.models import ApiCall
from accounts.rest.fields import Asked
from accounts.rest.paging import Page
from accounts.rest.problems import MEDIA_TYPE, NOT_FOUND, Refusal

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class RestView(APIView):
    """One address. Its methods are declared by `accounts.rest.describing.operation`; what they
    take is read before they begin: `query` and `body`."""

    http_method_names = ["get", "head", "post", "patch", "delete"]
    query: dict[str, Any]
    body: dict[str, Any]

    @property
    def caller(self) -> Caller:
        caller: Caller = self.request.auth
        return caller

    @property
    def customer_id(self) -> int:
        return self.caller.customer_id

    @cached_property
    def at(self) -> datetime:
        return timezone.now()

    def initial(self, request: Request, *args: object, **named: object) -> None:
        """Raises Refusal, MethodNotAllowed and ValidationError: nothing is done before all that was
        sent is read."""
        method = self._method()
        if method is None:
            raise MethodNotAllowed(request.method)
        super().initial(request, *args, **named)
        self.query = checked(in_address(request, getattr(method, "query", None) or Asked))
        if asked := getattr(method, "asked", None):
            self.body = checked(asked(data=request.data))

    def finalize_response(
        self, request: Request, response: Response, *args: object, **named: object
    ) -> Response:
        answer = super().finalize_response(request, response, *args, **named)
        for name, value in {**HEADERS, "Link": terms_link()}.items():
            answer.headers.setdefault(name, value)
        seen = getattr(request, "seen_caller", None)
        if seen is not None and seen.is_sandbox:
            answer.headers["X-Sandbox"] = "1"
        return answer

    def dispatch(self, request: HttpRequest, *args: object, **named: object) -> Response:
        began = perf_counter()
        answer = super().dispatch(request, *args, **named)
        self._note(answer, took_ms=int((perf_counter() - began) * 1000))
        return answer

    def _method(self) -> object:
        """What does the call; None where nothing here answers to its method."""
        name = str(self.request.method).lower()
        return getattr(self, name, None) if name in self.http_method_names else None

    def _note(self, answer: Response, *, took_ms: int) -> None:
        refused = answer.data if answer.status_code >= HTTPStatus.BAD_REQUEST else {}
        usage.note(
            api=ApiCall.Api.V3,
            action=getattr(self._method(), "operation_id", ""),
            http_status=answer.status_code,
            ip=client_ip(self.request),
            took_ms=took_ms,
            at=self.at,
            caller=getattr(self.request, "seen_caller", None),
            code=refused.get("code", ""),
            said=refused.get("detail", ""),
        )


def in_address(request: Request, kind: type[serializers.Serializer]) -> serializers.Serializer:
    """What the query names. Raises ValidationError for a name that comes twice."""
    query = request.query_params
    twice = [name for name, values in query.lists() if len(values) > 1]
    if twice:
        raise serializers.ValidationError(dict.fromkeys(twice, "Send it once."))
    return kind(data=query.dict())


def checked(serializer: serializers.Serializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found


def paged(
    page: Page[Any],
    shown: type[serializers.Serializer],
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page of a list as it is answered."""
    items = shown(page.rows, many=True).data
    return Response({"data": items, "next_cursor": page.next_cursor}, headers=headers)


def terms_link() -> str:
    """Where a program finds the terms that it orders under (CAT-12)."""
    address = settings.SITE_URL.rstrip("/") + reverse("legal:index")
    return f'<{address}>; rel="terms-of-service"'


@csrf_exempt
def nothing_here(request: HttpRequest, **named: object) -> HttpResponseBase:
    """An address of the API that nothing has, also told to who has no key."""
    refusal = Refusal(NOT_FOUND)
    return JsonResponse(
        refusal.body, status=refusal.problem.status, headers=HEADERS, content_type=MEDIA_TYPE
    )
