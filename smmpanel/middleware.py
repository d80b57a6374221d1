from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import cast

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.security import SecurityMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import activate, get_language_from_request
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]
Pack = Callable[[HttpRequest, HttpResponse], HttpResponse]


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
    """A call of a program goes straight to its view, past all other middleware: no session, no
    cookie and no token count there (S-12), so nobody looks for them, and the headers of every
    answer are the same, so nobody puts them together again. Pages under the same addresses, such as
    the documentation, are pages; and who calls without TLS is led to it as everybody is."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        # What it raises becomes an answer here, as between any two middlewares.
        self._call = cast("Handler", convert_exception_to_response(_call))
        self._pack = cast("Pack", GZipMiddleware(get_response).process_response)
        self._headers = _said_of_every_answer()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = _program_at(request.path_info, settings.ROOT_URLCONF)
        if match is None or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
            return self.get_response(request)
        request.resolver_match = match
        asked = "HTTP_ACCEPT_LANGUAGE" in request.META
        activate(get_language_from_request(request) if asked else settings.LANGUAGE_CODE)
        response = self._call(request)
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        return self._pack(request, response)


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
    Whoever opens what only a form is sent to reads a page that says so. Addresses for
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
    surrogate pairs, which are not text, and charsets of other things than text. A clear 400
    instead of a database error (S-24). Addresses for programs read their own queries and bodies:
    they answer in JSON and limit the size first."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_text(request) or _is_unclean(request.path):
            return _refuse(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, *_: object) -> HttpResponse | None:
        if _is_for_programs(view):
            return None
        is_unclean = _is_unclean(request.META.get("QUERY_STRING", ""))
        return _refuse(request) if is_unclean or _is_form_unclean(request) else None


_METHODS = ("GET", "HEAD", "POST")
# Where programs call; pages are found there, too.
_PROGRAMS = ("/api/", "/adminapi/", "/webhooks/")


def _said_of_every_answer() -> dict[str, str]:
    """The headers that the middlewares of every page give an answer that says nothing itself."""

    def nothing(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(content_type="application/json")

    answer: Handler = PrivatePages(nothing)
    for middleware in (XFrameOptionsMiddleware, SecurityMiddleware, CSPMiddleware):
        answer = cast("Handler", middleware(answer))
    secure = dict([settings.SECURE_PROXY_SSL_HEADER] if settings.SECURE_PROXY_SSL_HEADER else [])
    environ = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "https", "wsgi.input": BytesIO()}
    return dict(answer(WSGIRequest(environ | secure)).items())


def _call(request: HttpRequest) -> HttpResponse:
    match = cast("ResolverMatch", request.resolver_match)
    request.get_host()  # refuses an unknown one
    if not _is_text(request):
        reason = _("The charset of the request is none of a text: send it in UTF-8.")
        return JsonResponse({"error": reason, "code": "unreadable_request"}, status=400)
    try:
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except RedisError as error:
        return _unavailable(error)
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    if not response.streaming:
        response.headers.setdefault("Content-Length", str(len(response.content)))
    return response


def _program_at(path: str, urlconf: str) -> ResolverMatch | None:
    return _resolved(path, urlconf) if path.startswith(_PROGRAMS) else None


@lru_cache(maxsize=256)  # most calls go to one address
def _resolved(path: str, urlconf: str) -> ResolverMatch | None:
    try:
        match = resolve(path, urlconf)
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


def _is_text(request: HttpRequest) -> bool:
    """Whether its charset decodes any: see `smmpanel.handler`, whose requests know."""
    return getattr(request, "is_text", True)


def _is_form_unclean(request: HttpRequest) -> bool:
    if request.method != "POST":
        return False
    return any(_is_unstorable(text) for _name, texts in request.POST.lists() for text in texts)


def _is_unclean(address: str) -> bool:
    return "%00" in address or _is_unstorable(address)


def _is_unstorable(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)
