from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _

Handler = Callable[[HttpRequest], HttpResponse]


class PrivatePages:
    """No page is kept by a browser or a proxy unless a view says so; files of ours are not pages."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            response["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ["Cookie"])
        return response


class CleanText:
    """Refuses what no text field can hold: NUL, which PostgreSQL cannot store, and halves of
    surrogate pairs, which are not text. A clear 400 instead of a database error (S-24)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_unclean(request.META.get("QUERY_STRING", "")) or _is_unclean(request.path):
            return self._refuse()
        if request.method == "POST" and request.content_type in _FORMS:
            texts = (text for _, values in request.POST.lists() for text in values)
            if any(_is_unstorable(text) for text in texts):
                return self._refuse()
        return self.get_response(request)

    def _refuse(self) -> HttpResponse:
        return HttpResponseBadRequest(
            _("The form holds characters that are not text. Remove them and send it again."),
            content_type="text/plain; charset=utf-8",
        )


_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def _is_unclean(address: str) -> bool:
    return "%00" in address or _is_unstorable(address)


def _is_unstorable(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)
