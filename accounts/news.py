"""Answers to an open page that asks, every few seconds, whether what it shows has changed."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def render_news(
    request: HttpRequest, part: str, context: Mapping[str, object], *, version: str
) -> HttpResponse:
    """Return the part (a template) and the balance in the header, or 204 when the page shows this
    version of it already: a swap without need would take away what the reader has just selected."""
    if request.GET.get("shown") == version:
        return HttpResponse(status=204)
    return render(request, "_news.html", {**context, "part": part})
