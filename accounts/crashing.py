"""A call of a program that fails by a mistake of ours: those who look after the panel learn as much
as of a page that fails, and the program learns nothing of the cause (S-30)."""

from __future__ import annotations

from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response


def tell(
    error: Exception,
    *,
    request: HttpRequest,
    answer: HttpResponse,
    action: str,
    user_id: int | None,
    key_prefix: str,
) -> None:
    """One error of the log (`django.request`) with its cause and whose call it was; neither the
    query nor the body is in it."""
    got_request_exception.send(sender=None, request=request)
    log_response(
        "%s: %s action=%s user=%s key=%s",
        answer.reason_phrase,
        request.path,
        action or "-",
        str(user_id or "-"),
        key_prefix or "-",
        response=answer,
        request=request,
        exception=error,
    )
