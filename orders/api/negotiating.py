"""Sending a list of two megabytes as small as its reader takes it, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from accounts.http import has_kept
from orders.api.price_list import ENCODINGS, PriceList

# Whoever kept the list asks whether it still holds; nobody else may keep it.
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Vary": "Accept-Encoding, Accept-Language, Authorization, X-Api-Key",
}


def respond(request: HttpRequest, answer: PriceList, *, headers: Mapping[str, str]) -> HttpResponse:
    """304 for a GET by whoever has this very list, else the list in the best encoding that the
    reader names."""
    named = {**headers, **HEADERS, "ETag": answer.etag}
    if request.method == "GET" and has_kept(request, etag=answer.etag):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=named)
    encoding = accepted(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    if encoding is None:
        return HttpResponse(answer.body, content_type="application/json", headers=named)
    named["Content-Encoding"] = encoding
    body = answer.encoded(encoding)
    return HttpResponse(body, content_type="application/json", headers=named)


@lru_cache(maxsize=64)  # programs of one kind say the same
def accepted(header: str) -> str | None:
    """The first of ENCODINGS that an Accept-Encoding names and does not refuse ("gzip;q=0")."""
    named = {}
    for part in header.lower().split(","):
        coding, _separator, weight = part.partition(";")
        named[coding.strip()] = weight.replace(" ", "")
    return next((each for each in ENCODINGS if _is_wanted(named.get(each))), None)


def _is_wanted(weight: str | None) -> bool:
    if weight is None:
        return False
    return weight.removeprefix("q=").strip("0.") != "" if weight else True
