"""Making sure that it is still the same person at the keyboard before money leaves (WDR-14)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.http import StaffRequest, StaffView

P = ParamSpec("P")


_check: Callable[[HttpRequest], None] = reauthentication_required(lambda _request: None)


def with_password(view: StaffView[P]) -> StaffView[P]:
    """For a page that is sent: who has not given his password within the last five minutes is asked
    for it, and then what he had sent is carried out."""

    @wraps(view)
    def page(request: StaffRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        confirm_person(request)
        return view(request, *args, **kwargs)

    return page


def confirm_person(request: StaffRequest) -> None:
    """Raises ReauthenticationRequired, which allauth's middleware answers with its page."""
    _check(request)
