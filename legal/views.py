"""The legal pages. Everybody may read them, every published version for ever (LEG-03, LEG-11)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from legal.comparison import compare
from legal.models import Document, DocumentVersion, Publication
from legal.rendering import to_html


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "legal/index.html", {"versions": _in_force()})


@require_safe
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in force, under the document's stable address."""
    version = next((v for v in _in_force() if v.document.slug == slug), None)
    if version is None:
        raise Http404
    context = {"version": version, "html": to_html(version.text), "versions": _history(version)}
    return render(request, "legal/document.html", context)


@require_safe
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    shown = _published(slug, number)
    current = next((v for v in _in_force() if v.document_id == shown.document_id), None)
    context = {
        "version": shown,
        "html": to_html(shown.text),
        "versions": _history(shown),
        "current": current,
        "is_current": current == shown,
    }
    return render(request, "legal/version.html", context)


@require_safe
def text(_request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Exactly the bytes whose SHA-256 the page shows."""
    return HttpResponse(_published(slug, number).text, content_type="text/plain; charset=utf-8")


@require_safe
def changes(request: HttpRequest, slug: str, number: int, since: int | None = None) -> HttpResponse:
    """What a version changed, against the one before or any other."""
    newer = _published(slug, number)
    older = _published(slug, number - 1 if since is None else since)
    passages = compare(old=older.text, new=newer.text)
    context = {"newer": newer, "older": older, "passages": passages}
    return render(request, "legal/changes.html", context)


def _in_force() -> list[DocumentVersion]:
    try:
        return Publication.objects.current().versions_in(get_language())
    except Publication.DoesNotExist:
        return []


def _published(slug: str, number: int) -> DocumentVersion:
    """Return the version in the reader's language, else in any."""
    found = get_object_or_404(Document, slug=slug)
    versions = found.versions.published().filter(number=number).select_related("document")
    by_language = {version.language: version for version in versions}
    if not by_language:
        raise Http404
    return by_language.get(get_language() or "") or next(iter(by_language.values()))


def _history(version: DocumentVersion) -> list[DocumentVersion]:
    same = DocumentVersion.objects.filter(document=version.document_id, language=version.language)
    return list(same.published().select_related("document").defer("body", "text"))
