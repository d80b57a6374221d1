"""One call of the Admin API: who it is, whether he may, what came of it.

No session, no cookie and no CSRF token count here: a call is its key's (S-12). What a key may do
is asked twice, of its scopes and of its owner's permissions, at the moment of the call.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from accounts import crashing, operator_keys, usage
from accounts.acts import by_key
from accounts.adminapi import answering, reading
from accounts.adminapi.answering import Code, Refusal
from accounts.adminapi.reading import Fields
from accounts.http import client_ip
from accounts.models import ApiCall, OperatorKey, User

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was let in: whose it is, when and from where it came, and what it says."""

    by: User
    key_prefix: str
    fields: Fields
    at: datetime
    ip: str
    scopes: frozenset[str]
    # Sent again, a call with the same one does nothing twice; "" where none was sent.
    idempotency_key: str = ""

    def may(self, permission: str) -> bool:
        """Whether the owner may, beyond what the call itself asks for."""
        return self.by.has_perm(permission)

    @property
    def may_know_people(self) -> bool:
        """Who a number is stands in the answer for keys that are made for reading that."""
        return OperatorKey.Scope.USERS_READ in self.scopes and self.may("accounts.view_user")


Handler = Callable[Concatenate[Call, P], object]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a path takes: the method, the key's scope and the owner's permission."""

    name: str
    method: str
    scope: OperatorKey.Scope
    permission: str


def endpoint(
    method: str, *, scope: OperatorKey.Scope, permission: str
) -> Callable[[Handler[P]], View[P]]:
    """Make a view of a function that takes a Call and returns the data of the envelope, or raises
    Refusal."""

    def guard(handler: Handler[P]) -> View[P]:
        declared = Endpoint(handler.__name__, method, scope, permission)

        @csrf_exempt
        @sensitive_post_parameters()
        @wraps(handler)
        def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            noted = _Noted(action=declared.name, ip=client_ip(request))
            try:
                call = _let_in(request, declared, noted)
                with by_key(call.key_prefix):
                    response = answering.answer(handler(call, *args, **kwargs))
            except Refusal as refusal:
                response = noted.refuse(refusal)
            except Exception as error:  # noqa: BLE001 - whatever it is, the answer is an envelope
                response = noted.refuse(Refusal(Code.INTERNAL))
                noted.tell(error, request, response)
            noted.write(response.status_code)
            return response

        return view

    return guard


@csrf_exempt
def unknown_path(request: HttpRequest) -> HttpResponse:
    """Whatever has no other address here answers in the envelope, too."""
    return answering.refuse(Refusal(Code.NOT_FOUND))


@dataclass(slots=True)
class _Noted:
    """What the log of calls says about this one (API-05)."""

    action: str
    ip: str
    user_id: int | None = None
    key_prefix: str = ""
    code: str = ""
    said: str = ""
    at: datetime = field(default_factory=timezone.now)
    began: float = field(default_factory=time.monotonic)

    def refuse(self, refusal: Refusal) -> JsonResponse:
        self.code, self.said = refusal.code.value, refusal.said
        return answering.refuse(refusal)

    def tell(self, error: Exception, request: HttpRequest, response: HttpResponse) -> None:
        crashing.tell(
            error,
            request=request,
            answer=response,
            action=self.action,
            user_id=self.user_id,
            key_prefix=self.key_prefix,
        )

    def write(self, http_status: int) -> None:
        usage.note(
            user_id=self.user_id,
            key_prefix=self.key_prefix,
            api=ApiCall.Api.ADMIN,
            action=self.action,
            http_status=http_status,
            code=self.code,
            said=self.said,
            ip=self.ip,
            took_ms=int((time.monotonic() - self.began) * 1000),
            at=self.at,
        )


def _let_in(request: HttpRequest, declared: Endpoint, noted: _Noted) -> Call:
    """Raises Refusal."""
    methods = ("GET", "HEAD") if declared.method == "GET" else (declared.method,)
    if request.method not in methods:
        raise Refusal(Code.WRONG_METHOD, headers={"Allow": ", ".join(methods)})
    key = operator_keys.owner_of(secret=request.headers.get("X-Api-Key", ""), at=noted.at)
    if key is None:
        raise Refusal(Code.INVALID_KEY)
    noted.user_id, noted.key_prefix = key.user_id, key.prefix
    if not key.opens_from(noted.ip):
        raise Refusal(Code.ADDRESS_REFUSED)
    if not operator_keys.count_call(key=key, ip=noted.ip, at=noted.at):
        raise Refusal(Code.TOO_MANY, headers={"Retry-After": "1"})
    if declared.scope not in key.scopes:
        raise Refusal(Code.SCOPE_MISSING)
    if not key.user.has_perm(declared.permission):
        raise Refusal(Code.NOT_PERMITTED)
    fields = reading.read(request)
    return Call(
        by=key.user,
        key_prefix=key.prefix,
        fields=fields,
        at=noted.at,
        ip=noted.ip,
        scopes=frozenset(key.scopes),
        idempotency_key=_idempotency_key(request, fields),
    )


def _idempotency_key(request: HttpRequest, fields: Fields) -> str:
    """From the header, or as `request_id` for programs that cannot set one. Raises Refusal."""
    sent = request.headers.get("Idempotency-Key", "").strip()
    named = Fields(iter([("Idempotency-Key", sent)])).text("Idempotency-Key", most=64)
    return named or fields.text("request_id", most=64)
