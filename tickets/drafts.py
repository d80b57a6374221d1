"""What somebody writes after his session has ended waits until he has logged in."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest

from accounts import drafts

FIELDS = ("topic", "order", "plan", "subject", "text")
LONGEST_DRAFT = 12_000


def way_back(request: HttpRequest, page: str = "") -> str:
    """Keep what was sent; return the address of the page that reads it (this one, unless another
    is given), or of the empty page for what no form could have sent. Raises RedisError when the
    cache does not answer."""
    page = page or request.path
    texts = {name: request.POST[name] for name in FIELDS if request.POST.get(name)}
    name = drafts.keep(request, texts, longest=LONGEST_DRAFT)
    return page if name is None else f"{page}?{urlencode({drafts.NAME: name})}"


def read(request: HttpRequest) -> dict[str, str]:
    """What was kept for the address that is asked for, by field."""
    return drafts.read(request)
