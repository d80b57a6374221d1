"""Whose call it is: a key in a header, and nothing else (S-08, S-12).

A key in the address or in the body is not looked at, and neither is a cookie: a page of somebody
else can make a browser send those.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import admission
from accounts.http import client_ip
from accounts.rest.problems import AT_THE_DOOR, INVALID_KEY, Refusal

_BEARER = "bearer "
CHALLENGE = 'Bearer realm="api"'


class HeaderKey(BaseAuthentication):
    """`request.auth` is the admission.Caller; `request.user` is nobody, as there is no session."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, admission.Caller]:
        """Raises Refusal."""
        try:
            caller = admission.admit(
                secret=_secret(request),
                ip=client_ip(request),
                is_in_query=False,
                at=timezone.now(),
            )
        except admission.Refused as refused:
            request.seen_caller = refused.caller
            raise _refusal(refused) from refused
        request.seen_caller = caller
        return AnonymousUser(), caller

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def _secret(request: Request) -> str:
    authorization = request.headers.get("Authorization", "")
    if authorization.lower().startswith(_BEARER):
        return str(authorization[len(_BEARER) :].strip())
    return str(request.headers.get("X-Api-Key", ""))


def _refusal(refused: admission.Refused) -> Refusal:
    problem = AT_THE_DOOR[refused.reason]
    headers = {"Retry-After": str(refused.wait_seconds)} if refused.wait_seconds else {}
    if problem is INVALID_KEY:
        headers["WWW-Authenticate"] = CHALLENGE
    return Refusal(problem, headers=headers)
