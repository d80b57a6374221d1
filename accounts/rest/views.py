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
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import crashing, usage
from accounts.admission import Caller
from accounts.http import client_ip
from accounts.models import ApiCall
from accounts.rest.fields import Asked
from accounts.rest.paging import Page
from accounts.rest.problems import INTERNAL_ERROR, MEDIA_TYPE, NOT_FOUND, Refusal

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
        for name, value in self._headers().items():
            answer.headers.setdefault(name, value)
        return answer

    def dispatch(self, request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        began, refused = perf_counter(), {}
        try:
            answer = super().dispatch(request, *args, **named).render()
            if answer.status_code >= HTTPStatus.BAD_REQUEST:
                refused = answer.data
        except Exception as error:  # noqa: BLE001 - whatever it is, a program reads a problem
            refusal = Refusal(INTERNAL_ERROR)
            answer, refused = plain(refusal, headers=self._headers()), refusal.body
            self._tell(error, request, answer)
        self._note(answer, refused, took_ms=int((perf_counter() - began) * 1000))
        return answer

    def _headers(self) -> dict[str, str]:
        of_caller = {"X-Sandbox": "1"} if self._seen and self._seen.is_sandbox else {}
        return {**HEADERS, "Link": terms_link(), **of_caller}

    @property
    def _seen(self) -> Caller | None:
        """Whose call it is as far as that is known, also where it is not let in."""
        return getattr(self.request, "seen_caller", None)

    def _method(self) -> object:
        """What does the call; None where nothing here answers to its method."""
        name = str(self.request.method).lower()
        return getattr(self, name, None) if name in self.http_method_names else None

    @property
    def _action(self) -> str:
        return getattr(self._method(), "operation_id", "")

    def _tell(self, error: Exception, request: HttpRequest, answer: HttpResponse) -> None:
        crashing.tell(
            error,
            request=request,
            answer=answer,
            action=self._action,
            user_id=self._seen.customer_id if self._seen else None,
            key_prefix=self._seen.prefix if self._seen else "",
        )

    def _note(self, answer: HttpResponse, refused: Mapping[str, Any], *, took_ms: int) -> None:
        usage.note(
            api=ApiCall.Api.V3,
            action=self._action,
            http_status=answer.status_code,
            ip=client_ip(self.request),
            took_ms=took_ms,
            at=self.at,
            caller=self._seen,
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
def nothing_here(request: HttpRequest) -> HttpResponse:
    """An address of the API that nothing has, also told to who has no key."""
    return plain(Refusal(NOT_FOUND), headers=HEADERS)


def plain(refusal: Refusal, *, headers: Mapping[str, str]) -> HttpResponse:
    """A problem where REST framework has no part."""
    return JsonResponse(
        refusal.body,
        status=refusal.problem.status,
        headers={**headers, **refusal.headers},
        content_type=MEDIA_TYPE,
    )
