from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]


class PrivatePages:
    """No page is kept by a browser or a proxy, unless its view says so."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            response["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ["Cookie"])
        return response


class Programs:
    """A call of a program goes straight to its view: no session, no cookie and no token count
    there (S-12), so nobody looks for them. What comes before this in settings.MIDDLEWARE is said of
    every answer; what comes after it is for browsers. Pages under the same addresses, such as the
    documentation, are pages."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = _program_at(request.path_info)
        if match is None:
            return self.get_response(request)
        request.resolver_match = match
        request.get_host()  # refuses an unknown one
        try:
            response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        except RedisError as error:
            return _unavailable(error)
        if isinstance(response, SimpleTemplateResponse):
            response.render()
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


class Unavailable:
    """Without the cache nobody can count tries, so what counts them waits: 503, not a crash."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _unavailable(error) if isinstance(error, RedisError) else None


class UsualMethods:
    """Pages are read and forms are sent: nothing here means anything by PUT, DELETE or TRACE.
    Whoever opens what only a form is sent to reads a page that says so (UX-72). Addresses for
    programs refuse other methods in their own words (ASVS 4.1.4)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        is_refused = isinstance(response, HttpResponseNotAllowed)
        if is_refused and match is not None and not _is_for_programs(match.func):
            response.content = render_to_string("405.html", request=request)
        return response

    def process_view(self, request: HttpRequest, view: View, *_: object) -> HttpResponse | None:
        if request.method in _METHODS or _is_for_programs(view):
            return None
        return HttpResponseNotAllowed(_METHODS)


class CleanText:
    """Refuses what no text field can hold: NUL, which PostgreSQL cannot store, and halves of
    surrogate pairs, which are not text. A clear 400 instead of a database error (S-24).
    Addresses for programs read their own queries and bodies: they answer in JSON and limit the
    size first."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return _refuse(request) if _is_unclean(request.path) else self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, *_: object) -> HttpResponse | None:
        if _is_for_programs(view):
            return None
        is_unclean = _is_unclean(request.META.get("QUERY_STRING", ""))
        return _refuse(request) if is_unclean or _is_form_unclean(request) else None


_METHODS = ("GET", "HEAD", "POST")
# Where programs call; pages are found there, too.
_PROGRAMS = ("/api/", "/adminapi/", "/webhooks/")


def _program_at(path: str) -> ResolverMatch | None:
    if not path.startswith(_PROGRAMS):
        return None
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match if _is_for_programs(match.func) else None


def _unavailable(error: RedisError) -> HttpResponse:
    logger.error("the cache does not answer: %s", type(error).__name__)
    headers = {"Retry-After": "60"}
    return HttpResponse(render_to_string("503.html"), status=503, headers=headers)


def _is_for_programs(view: View) -> bool:
    """A view without CSRF protection is one that no browser with a session should call."""
    return getattr(view, "csrf_exempt", False)


def _refuse(request: HttpRequest) -> HttpResponse:
    reason = _("What was sent holds characters that are not text. Remove them and send it again.")
    return render(request, "400.html", {"reason": reason}, status=400)


def _is_form_unclean(request: HttpRequest) -> bool:
    if request.method != "POST":
        return False
    return any(_is_unstorable(text) for _name, texts in request.POST.lists() for text in texts)


def _is_unclean(address: str) -> bool:
    return "%00" in address or _is_unstorable(address)


def _is_unstorable(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)
